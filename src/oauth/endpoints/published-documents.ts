// The documents that are the same for everybody, as the bytes that are sent: who asks for them is answered before the layers of
// a web framework have a look, which would cost more than the answer.
import { Injectable } from '@nestjs/common';
import type { OAuthResponse } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { EndpointRegistry } from './endpoint.js';
import type { PublishedResponder } from './published-document.js';

/** An answer with status 200. */
export interface PublishedBytes {
  /** Names and values in turn. */
  headers: readonly string[];
  body: Buffer;
}

@Injectable()
export class PublishedDocuments {
  private names?: Map<string, string>;
  private readonly made = new WeakMap<OAuthResponse, PublishedBytes>();

  constructor(
    private readonly endpoints: EndpointRegistry,
    private readonly options: ServerOptions,
  ) {}

  /** @param url the target of a GET request. @returns undefined when it is to be answered as any other */
  at(url: string): PublishedBytes | undefined {
    this.names ??= this.paths();
    const name = this.names.get(url);
    const endpoint = name === undefined ? undefined : this.endpoints.find(name);
    const response = endpoint && isPublished(endpoint) ? endpoint.published() : undefined;
    return response && this.bytesOf(response);
  }

  private bytesOf(response: OAuthResponse): PublishedBytes {
    let bytes = this.made.get(response);
    if (!bytes) {
      const body = Buffer.from(response.body);
      const { 'content-type': type, ...others } = response.headers;
      const headers = {
        'access-control-allow-origin': '*',
        ...others,
        // As Fastify says it.
        'content-type': `${type}; charset=utf-8`,
        'content-length': String(body.length),
      };
      bytes = { headers: Object.entries(headers).flat(), body };
      this.made.set(response, bytes);
    }
    return bytes;
  }

  /** The well-known documents also answer where RFC 8414 §3 puts them, between host and path of the issuer. */
  private paths(): Map<string, string> {
    const { basePath } = this.options;
    const names = new Map<string, string>();
    for (const { name, path, cors, methods } of this.endpoints.list()) {
      if (cors !== 'anyone' || !methods.includes('GET')) continue;
      names.set(basePath + path, name);
      if (path.startsWith('/.well-known/')) names.set(path + basePath, name);
    }
    return names;
  }
}

function isPublished(endpoint: object): endpoint is PublishedResponder {
  return 'published' in endpoint;
}
