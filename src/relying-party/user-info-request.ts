// Userinfo: of the user whom the token is about, and of nobody else. Signed answers are verified; those of providers
// without OpenID Connect are made claims by `compliance.userinfo`.
// @see OIDC Core §5.3 https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
import type { TokenContext, UserClaims } from './oauth-client.options.js';
import type { OAuthToken, UserInfo } from './oauth-token.js';
import type { Provider } from './provider.js';
import type { ProviderCalls } from './provider-calls.js';
import { asymmetric } from './published-keys.js';

export class UserInfoRequest {
  constructor(
    private readonly provider: Provider,
    private readonly calls: ProviderCalls,
  ) {}

  /** @throws OAuthClientError */
  async send(token: OAuthToken | undefined, context: TokenContext): Promise<UserInfo> {
    const { userinfo_endpoint: endpoint } = await this.provider.metadata();
    if (endpoint === undefined) throw this.provider.error('unsupported', 'The provider has no userinfo endpoint.');
    const { response, token: used } = await this.calls.endpoint(new URL(endpoint), { token, ...context });
    const claims = await this.claimsOf(response, (path) => this.json(path, used, context));
    const { sub } = claims;
    if (typeof sub !== 'string' || sub === '') throw this.invalid('Userinfo does not say whom it is about.');
    if (used.userinfo && used.userinfo.sub !== sub)
      throw this.provider.error('mismatching_subject', 'Userinfo is about somebody else than the ID token.');
    return { ...claims, sub };
  }

  private async claimsOf(response: Response, get: (path: string) => Promise<unknown>): Promise<UserClaims> {
    const { status, headers } = response;
    if (status !== 200) throw this.refusal(response);
    const text = await response.text();
    if (headers.get('content-type')?.startsWith('application/jwt')) return this.verified(text);
    const json = parsed(text);
    const { userinfo } = this.provider.settings.compliance;
    const claims: unknown = userinfo && json !== undefined ? await userinfo(json, get) : json;
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
      throw this.invalid('What the userinfo endpoint answers holds no claims.');
    return claims as UserClaims;
  }

  /** The JSON at a path of the API, for whoever makes claims of it. */
  private async json(path: string, token: OAuthToken, context: TokenContext): Promise<unknown> {
    if (this.provider.settings.apiBaseUrl === undefined) return undefined;
    const response = await this.calls.request('GET', path, { token, ...context });
    return response.status === 200 ? parsed(await response.text()) : undefined;
  }

  /** A signed answer (OIDC Core §5.3.2): it names its issuer and us, where it names anybody. */
  private async verified(jwt: string): Promise<UserClaims> {
    const { issuer, userinfo_signing_alg_values_supported: algorithms } = await this.provider.metadata();
    const { clientId, issuerOf } = this.provider.settings;
    const { claims } = await this.provider.keys.verify(jwt, asymmetric(algorithms));
    const { iss, aud } = claims;
    const expected = issuer !== undefined && issuerOf ? issuerOf(claims, issuer) : issuer;
    if (iss !== undefined && iss !== expected) throw this.invalid('The signed userinfo is of another issuer.');
    const audience = Array.isArray(aud) ? (aud as unknown[]) : [aud];
    if (aud !== undefined && !audience.includes(clientId))
      throw this.invalid('The signed userinfo is for somebody else.');
    return claims;
  }

  private refusal({ status, headers }: Response): Error {
    const [, error] = /\berror="?([\w-]{1,64})/.exec(headers.get('www-authenticate') ?? '') ?? [];
    if (status >= 500)
      return this.provider.error('provider_unavailable', 'The userinfo endpoint does not work.', { status });
    const code = error ?? (status === 401 ? 'invalid_token' : 'invalid_response');
    return this.provider.error(code, `The userinfo endpoint answers with status ${status}.`, { status });
  }

  private invalid(description: string): Error {
    return this.provider.error('invalid_response', description);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
