// Ends tokens at the provider, and asks it about them.
// @see RFC 7009 §2, RFC 7662 §2 https://www.rfc-editor.org/rfc/rfc7009#section-2
import type { Configuration } from 'openid-client';
import type { ApplicationTokens } from './application-tokens.js';
import { refusalOf, toClientError } from './client-errors.js';
import type { IntrospectionAnswer } from './oauth-client.js';
import type { ComplianceHooks } from './oauth-client.options.js';
import type { OAuthToken } from './oauth-token.js';
import { loadOpenId, type OpenId } from './openid.js';
import type { Provider } from './provider.js';

type TokenHint = 'access_token' | 'refresh_token';
type Endpoint = 'revocation_endpoint' | 'introspection_endpoint';

export class TokenHelpers {
  constructor(
    private readonly provider: Provider,
    private readonly applications: ApplicationTokens,
  ) {}

  /** @throws OAuthClientError */
  async revoke(token: string | OAuthToken, hint?: TokenHint): Promise<void> {
    const { value, parameters } = this.chosen(token, hint);
    const { revokeTokenRequest } = this.provider.settings.compliance;
    await this.ask('revocation_endpoint', revokeTokenRequest, (openid, configuration) =>
      openid.tokenRevocation(configuration, value, parameters),
    );
    this.applications.forget(value);
  }

  /** @throws OAuthClientError */
  async introspect(token: string | OAuthToken, hint?: TokenHint): Promise<IntrospectionAnswer> {
    const { value, parameters } = this.chosen(token, hint);
    const { introspectTokenRequest } = this.provider.settings.compliance;
    return this.ask('introspection_endpoint', introspectTokenRequest, (openid, configuration) =>
      openid.tokenIntrospection(configuration, value, parameters),
    );
  }

  /** The refresh token of a token, where it has one: it stands for all that was granted. */
  private chosen(token: string | OAuthToken, hint?: TokenHint): { value: string; parameters: Record<string, string> } {
    const type =
      hint ?? (typeof token === 'string' ? undefined : token.refresh_token ? 'refresh_token' : 'access_token');
    const value = typeof token === 'string' ? token : token[type!];
    if (!value) throw this.provider.error('missing_token', `The token has no ${type}.`);
    return { value, parameters: type ? { token_type_hint: type } : {} };
  }

  private async ask<T>(
    endpoint: Endpoint,
    hook: ComplianceHooks['revokeTokenRequest'],
    request: (openid: OpenId, configuration: Configuration) => Promise<T>,
  ): Promise<T> {
    const { provider } = this;
    if ((await provider.metadata())[endpoint] === undefined)
      throw provider.error('unsupported', `The provider has no ${endpoint}.`);
    try {
      const configuration = await provider.configuration({
        fetch: (send) => async (input, init) => {
          const prepared = new Request(input, init as RequestInit);
          return this.checked(endpoint, await send((await hook?.(prepared)) ?? prepared));
        },
      });
      return await request(await loadOpenId(), configuration);
    } catch (error) {
      throw toClientError(provider.name, error);
    }
  }

  private async checked(endpoint: Endpoint, response: Response): Promise<Response> {
    const { status, headers } = response;
    // Nobody asked for a signed answer (RFC 9701), and nobody would verify it.
    if (status === 200 && !headers.get('content-type')?.includes('jwt')) return response;
    const answer = (await response.json().catch(() => undefined)) as { error?: unknown } | null | undefined;
    if (status < 500 && typeof answer?.error === 'string')
      throw refusalOf(this.provider.name, { ...answer, error: answer.error }, status);
    const description = `The ${endpoint} answers with status ${status}, or nothing that can be read.`;
    throw this.provider.error('provider_unavailable', description, { status });
  }
}
