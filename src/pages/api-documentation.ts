// The documentation of the JSON APIs, made with the first request for it and again when the words of a scope change.
// @see RFC 9110 §8.8.3 https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OpenApiDocument } from '../api/openapi/document.js';
import { OpenApi } from '../api/openapi/open-api.js';
import { Cached } from '../database/cached.js';
import { ChangeListener } from '../database/change-listener.js';
import { OAuthSecurityScheme } from '../oauth/security-scheme.js';

export interface Documentation {
  document: OpenApiDocument;
  json: string;
  /** Changes with the document. */
  etag: string;
}

@Injectable()
export class ApiDocumentation {
  private readonly kept: Cached<string, Documentation>;

  constructor(
    private readonly openApi: OpenApi,
    private readonly scheme: OAuthSecurityScheme,
    changes: ChangeListener,
  ) {
    this.kept = new Cached(changes, { tables: ['scopes'], invalidate: 'all', maxEntries: 1 });
  }

  get(): Promise<Documentation> {
    return this.kept.get('', () => this.make()) as Promise<Documentation>;
  }

  private async make(): Promise<Documentation> {
    const document = await this.openApi.document((scopes) => this.scheme.describe(scopes));
    const json = JSON.stringify(document);
    return { document, json, etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"` };
  }
}
