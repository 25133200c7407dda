// Calls by the name of their method.
import type { ApiRequestOptions } from './oauth-client.js';

/** What every client of a provider's API has beside `request`. */
export abstract class ApiClient {
  abstract request(method: string, path: string, options?: ApiRequestOptions): Promise<Response>;

  get(path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.request('GET', path, options);
  }

  post(path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.request('POST', path, options);
  }

  put(path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.request('PUT', path, options);
  }

  patch(path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.request('PATCH', path, options);
  }

  delete(path: string, options?: ApiRequestOptions): Promise<Response> {
    return this.request('DELETE', path, options);
  }
}
