// A public document that is the same for everybody who asks: the metadata, the keys.
import { jsonResponse, type OAuthResponse } from '../../common/http.js';
import { Cached } from '../../database/cached.js';
import type { ChangeListener } from '../../database/change-listener.js';

/** An endpoint of the server's own that answers every GET alike, whoever asks and whatever is in the query. */
export interface PublishedResponder {
  /** The answer, status 200, when it is at hand. */
  published(): OAuthResponse | undefined;
}

/** How a document is made, and when it is made anew. */
export interface PublishedDocumentOptions {
  /** Tables that it is made from. */
  tables: readonly string[];
  headers: Record<string, string>;
  make: () => Promise<object>;
  /** Changes with whatever else it is made from. */
  revision?: () => number;
}

/** Keeps the finished answer until one of the tables changes, or the revision does. */
export class PublishedDocument {
  private readonly kept: Cached<string, OAuthResponse>;

  constructor(
    changes: ChangeListener,
    private readonly options: PublishedDocumentOptions,
  ) {
    this.kept = new Cached(changes, { tables: options.tables, invalidate: 'all', maxEntries: 1 });
  }

  respond(): Promise<OAuthResponse> {
    return this.kept.get(this.key, () => this.make()) as Promise<OAuthResponse>;
  }

  /** The answer, when it is at hand. */
  get ready(): OAuthResponse | undefined {
    return this.kept.peek(this.key);
  }

  private get key(): string {
    return String(this.options.revision?.() ?? '');
  }

  private async make(): Promise<OAuthResponse> {
    return jsonResponse(200, await this.options.make(), this.options.headers);
  }
}
