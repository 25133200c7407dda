// Authorization requests as JWTs, in the parameter `request` or at the client's `request_uri`: only what is in the object
// counts (RFC 9101 §6.3). OpenID Connect lets clients repeat parameters outside: `client_id` must be there and equal, so
// must `response_type` if it is there; all others are for servers without request objects, and not even read.
// @see RFC 9101 §5, §6, OIDC Core §6 https://www.rfc-editor.org/rfc/rfc9101#section-5
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import {
  InvalidRequestError,
  InvalidRequestObjectError,
  RequestNotSupportedError,
  RequestUriNotSupportedError,
} from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import { parametersOf } from './request-object-parameters.js';
import { RequestObjectVerifier } from './request-object-verifier.js';
import { RequestUris } from './request-uris.js';

@Injectable()
export class RequestObjects {
  constructor(
    private readonly verifier: RequestObjectVerifier,
    private readonly uris: RequestUris,
    private readonly options: ServerOptions,
  ) {}

  /**
   * The parameters that count: those inside of the request object; without one those that were sent.
   * @throws OAuthError when the object cannot be had, is not the client's, or not as the client is registered
   */
  async unpack(client: Client, sent: Parameters): Promise<Parameters> {
    const object = await this.find(client, sent);
    if (object === undefined) {
      // RFC 9101 §10.5
      if (client.metadata.require_signed_request_object)
        throw new InvalidRequestError('This client must send its requests as signed request objects.');
      return sent;
    }
    const parameters = parametersOf(await this.verifier.verify(client, object));
    checkOutside(sent, parameters);
    return parameters;
  }

  private async find(client: Client, sent: Parameters): Promise<string | undefined> {
    const object = sent.get('request');
    const uri = sent.get('request_uri');
    if (object !== undefined && !this.options.requestObjects)
      throw new RequestNotSupportedError("Parameter 'request' is not supported.");
    if (uri !== undefined && !this.options.requestUris)
      throw new RequestUriNotSupportedError("Parameter 'request_uri' is not supported.");
    if (object !== undefined && uri !== undefined)
      throw new InvalidRequestError("Parameters 'request' and 'request_uri' exclude each other.");
    return uri === undefined ? object : this.uris.read(client, uri);
  }
}

/** @see OIDC Core §6.1 */
function checkOutside(sent: Parameters, parameters: Parameters): void {
  const outside = sent.get('response_type');
  const inside = parameters.get('response_type');
  if (outside !== undefined && inside !== undefined && sorted(outside) !== sorted(inside))
    throw new InvalidRequestObjectError('The response_type is another one than that in the request object.');
}

function sorted(responseType: string): string {
  return responseType.split(' ').filter(Boolean).sort().join(' ');
}
