// The implicit grant: the access token in the front channel. Legacy: RFC 9700 §2.1.2 advises against it.
// @see RFC 6749 §4.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.2
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { type AuthorizationGrant, ResponseType } from '../response-types/response-type.js';
import { TokenPolicy } from '../token-policy.js';
import { TokenResponder } from '../token-response.js';
import { Grant } from './grant.js';

const GRANT_TYPE = 'implicit';

@Grant(GRANT_TYPE)
@ResponseType('token')
export class ImplicitGrant implements ResponseType {
  readonly defaultResponseMode = 'fragment';
  readonly grantType = GRANT_TYPE;

  constructor(
    private readonly issuer: TokenIssuer,
    private readonly policy: TokenPolicy,
    private readonly responder: TokenResponder,
  ) {}

  /** RFC 6749 §4.2.2: never a refresh token. */
  async authorize({
    request,
    grant,
    ifConsented,
    tx,
  }: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    const { client } = request;
    const context = {
      clientId: client.id,
      grantType: GRANT_TYPE,
      userId: grant.userId ?? undefined,
      scope: grant.scope,
    };
    const accessToken = await this.issuer.draftAccessToken(
      context,
      this.policy.accessTokenLifetime(client, GRANT_TYPE),
    );
    const created = await this.issuer.createGrant(grant, { accessToken }, { ifConsented, tx });
    if (!created) return undefined;
    const response = await this.responder.respond(client, GRANT_TYPE, created, accessToken);
    return {
      access_token: response.access_token,
      token_type: response.token_type,
      expires_in: String(response.expires_in),
      scope: response.scope,
    };
  }
}
