// Somebody is sent to an identity provider to sign in, and comes back: in the same browser, with what they came for.
// @see RFC 6749 §4.1, OIDC Core §3.1.3.7, §5.3.2 https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
import { Injectable, Logger } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { carriedBy, carry } from '../../relying-party/carried.js';
import { OAuthClientError } from '../../relying-party/oauth-client-error.js';
import type { RequestParams } from '../../relying-party/oauth-client.options.js';
import type { OAuthToken, UserInfo } from '../../relying-party/oauth-token.js';
import { UserIdentities } from '../../users/user-identities.js';
import { type ConfiguredProvider, IdentityProviders } from './identity-providers.js';
import { identityOf, type UpstreamIdentity, type UpstreamIssuer } from './upstream-identity.js';
import { type CarriedInteraction, WaitingInteractions } from './waiting-interactions.js';

/** What somebody goes to a provider for. */
export interface SignInPurpose {
  /** The sealed interaction that waits. */
  interaction?: string;
  /** Where to go on, below the issuer, when no client waits. */
  next?: string;
  /** The account that the identity is to be linked to, and the session in which that was asked for. */
  link?: { userId: string; sessionId: string };
  /** The provider has to say when they signed in. */
  needsAuthTime?: boolean;
  /** What the sign-in page was opened for: somebody else than who is signed in, or a proof that it is still them. */
  page?: 'switch' | 'fresh';
  /** They were sent back, because they had signed in there too long ago. */
  again?: boolean;
}

/** `cancelled`: they did not want to. `not-fresh`: the provider does not say that they have just signed in. */
export type UpstreamFailure = 'cancelled' | 'failed' | 'not-fresh';

/** Who came back, or why nobody did; `purpose` is known when the state was this browser's. */
export type UpstreamAnswer =
  | { identity: UpstreamIdentity; purpose: SignInPurpose; failure?: undefined }
  | { failure: UpstreamFailure; purpose?: SignInPurpose };

type Carried = Omit<SignInPurpose, 'interaction'> & CarriedInteraction;

@Injectable()
export class UpstreamSignIns {
  private readonly logger = new Logger('IdentityProviders');

  constructor(
    private readonly providers: IdentityProviders,
    private readonly waiting: WaitingInteractions,
    private readonly identities: UserIdentities,
  ) {}

  /** @returns where to send the browser; undefined when the provider cannot be reached */
  async begin(
    { name, client }: ConfiguredProvider,
    reply: HttpReply,
    { interaction, ...purpose }: SignInPurpose,
    params: RequestParams = {},
  ): Promise<string | undefined> {
    try {
      const authorization = await client.createAuthorizationUrl(this.providers.redirectUri(name), params);
      const carried: Carried = { ...purpose, ...this.waiting.keep(reply, interaction) };
      await client.saveAuthorizationData(reply, carry(authorization, { ...carried }));
      return authorization.url;
    } catch (error) {
      this.tell(name, error);
      return undefined;
    }
  }

  /** Reads the answer; its state is used up whatever comes of it. */
  async finish(provider: ConfiguredProvider, request: HttpRequest, reply: HttpReply): Promise<UpstreamAnswer> {
    try {
      const token = await provider.client.authorizeAccessToken(request, { reply });
      const purpose = this.purposeOf(request, reply);
      const identity = purpose && (await this.identify(provider, token));
      if (!purpose || !identity) return { failure: 'failed', purpose };
      if (purpose.needsAuthTime && !identity.authTime) return { failure: 'not-fresh', purpose };
      return { identity, purpose };
    } catch (error) {
      const cancelled = error instanceof OAuthClientError && error.code === 'access_denied';
      if (!cancelled) this.tell(provider.name, error);
      return { failure: cancelled ? 'cancelled' : 'failed', purpose: this.purposeOf(request, reply) };
    }
  }

  /** @returns undefined when nothing was begun in this browser, or something else has taken its place */
  private purposeOf(request: HttpRequest, reply: HttpReply): SignInPurpose | undefined {
    const carried = carriedBy(request) as Carried | undefined;
    if (!carried) return undefined;
    const { interaction, interactionHash, ...purpose } = carried;
    const kept = this.waiting.take(request, reply, { interaction, interactionHash });
    return kept.lost ? undefined : { ...purpose, interaction: kept.interaction };
  }

  /** The ID token says who it is; of somebody new the userinfo endpoint is asked for the rest. */
  private async identify(provider: ConfiguredProvider, token: OAuthToken): Promise<UpstreamIdentity | undefined> {
    const { client, name, trustAmr } = provider;
    const { userinfo: claims } = token;
    const from: UpstreamIssuer = {
      provider: name,
      issuer: issuerOf(await client.serverMetadata()),
      openid: claims !== undefined,
      trustAmr,
    };
    if (!claims) return identityOf(from, token, await client.userinfo(token));
    const identity = identityOf(from, token, claims);
    if (!identity || (await this.identities.find(identity.issuer, identity.subject))) return identity;
    return identityOf(from, token, merge(await this.moreOf(provider, token), claims));
  }

  /** A provider without the endpoint has said all that it says. */
  private async moreOf({ name, client }: ConfiguredProvider, token: OAuthToken): Promise<UserInfo | undefined> {
    try {
      return await client.userinfo(token);
    } catch (error) {
      if (!(error instanceof OAuthClientError) || error.code === 'mismatching_subject') throw error;
      if (error.code !== 'unsupported') this.tell(name, error);
      return undefined;
    }
  }

  private tell(provider: string, error: unknown): void {
    if (error instanceof OAuthClientError)
      this.logger.warn({ provider, error: error.code, reason: error.description }, 'sign-in at a provider failed');
    else this.logger.error({ provider, err: error }, 'sign-in at a provider failed');
  }
}

/** The ID token goes before; whether an address is proven is said by whoever says the address. */
function merge(more: UserInfo | undefined, claims: UserInfo): UserInfo {
  if (!more) return claims;
  const { email_verified: verified, ...others } = more;
  const isSame = claims.email === undefined || claims.email === more.email;
  return { ...others, ...(isSame && verified !== undefined && { email_verified: verified }), ...claims };
}

/** Of a provider without an issuer: where people are sent. */
function issuerOf(metadata: Readonly<Record<string, unknown>>): string {
  const { issuer, authorization_endpoint: endpoint } = metadata;
  if (typeof issuer === 'string') return issuer;
  return typeof endpoint === 'string' ? new URL(endpoint).origin : '';
}
