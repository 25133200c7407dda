// The claims that this server can tell, and who tells them.
// @see OIDC Core §5 https://openid.net/specs/openid-connect-core-1_0.html#Claims
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../../clients/client.js';
import { type PluginOptions, Registry } from '../../common/plugin.js';
import type { User } from '../../users/user.js';
import { type ClaimsRequest, isAskedValue, type RequestedClaim } from './claims-request.js';
import { Claims, type ClaimsContext, type ClaimsSource } from './claims-source.js';

/** Set by the protocol alone: no source overrides them. */
const PROTOCOL_CLAIMS = new Set([
  'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce', 'auth_time', 'acr', 'amr', 'azp', 'sid', 'at_hash', 'c_hash',
  's_hash', 'events', 'cnf', 'client_id', 'scope', 'typ', '_claim_names', '_claim_sources',
]); // prettier-ignore

/** Claims by name, with what the request said of each. */
export type WantedClaims = ReadonlyMap<string, RequestedClaim | undefined>;

@Injectable()
export class ClaimsRegistry extends Registry<ClaimsSource> implements OnModuleInit {
  private readonly scopes = new Map<string, string>();

  constructor(discovery: DiscoveryService) {
    super(Claims, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  /** @throws Error when two sources tell one claim, or one tells a claim of the protocol */
  override register(scope: string, source: ClaimsSource, options?: PluginOptions): void {
    const known = [...this.scopes].filter(([, other]) => other !== scope);
    for (const claim of source.claims) {
      const other = known.find(([name]) => name === claim)?.[1];
      if (PROTOCOL_CLAIMS.has(claim)) throw new Error(`@Claims('${scope}'): '${claim}' is a claim of the protocol.`);
      if (other !== undefined) throw new Error(`@Claims('${scope}'): '${claim}' is told by @Claims('${other}').`);
    }
    super.register(scope, source, options);
    this.scopes.clear();
    for (const name of this.names()) for (const claim of this.get(name).claims) this.scopes.set(claim, name);
  }

  /** Every claim that can be told. */
  claimNames(): string[] {
    return [...this.scopes.keys()];
  }

  /** The claims that the scope releases. */
  ofScope(scope: readonly string[]): WantedClaims {
    const names = scope.flatMap((value) => this.find(value)?.claims ?? []);
    return new Map(names.map((name) => [name, undefined]));
  }

  /** What of the request the client can have: claims of scopes that it is registered for. */
  allowed(client: Client, request: ClaimsRequest): ClaimsRequest {
    return this.within(client.scopes, request);
  }

  /** What of the request these scopes release. */
  within(scopes: readonly string[], request: ClaimsRequest): ClaimsRequest {
    const allowed = (claims: ClaimsRequest['userinfo']): ClaimsRequest['userinfo'] => {
      const entries = Object.entries(claims ?? {}).filter(([name]) => scopes.includes(this.scopes.get(name) ?? ''));
      return entries.length > 0 ? Object.fromEntries(entries) : undefined;
    };
    return { userinfo: allowed(request.userinfo), id_token: allowed(request.id_token) };
  }

  /** The scopes whose consent covers the claims that were asked for one by one. */
  scopesOf({ userinfo, id_token }: ClaimsRequest): string[] {
    const names = [...Object.keys(userinfo ?? {}), ...Object.keys(id_token ?? {})];
    return [...new Set(names.flatMap((name) => this.scopes.get(name) ?? []))];
  }

  /** What is known of the claims that are wanted. */
  async resolve(
    { user, client, locales }: { user: User; client: Client; locales: readonly string[] },
    wanted: WantedClaims,
  ): Promise<Record<string, unknown>> {
    const told: Record<string, unknown> = {};
    const providers = new ClaimsProviders();
    for (const source of this.all()) {
      const names = source.claims.filter((name) => wanted.has(name));
      if (names.length === 0) continue;
      const context: ClaimsContext = { user, client, names, locales };
      const values = (await source.resolve?.(context)) ?? {};
      for (const name of names) {
        const value = values[name];
        if (value !== undefined && value !== null && isAskedValue(wanted.get(name), value)) told[name] = value;
      }
      for (const external of (await source.external?.(context)) ?? []) providers.add(external, names);
    }
    return { ...told, ...providers.members() };
  }
}

/** `_claim_names` and `_claim_sources` (OIDC Core §5.6.2). */
class ClaimsProviders {
  private readonly names: Record<string, string> = {};
  private readonly sources: Record<string, object> = {};

  add(external: Awaited<ReturnType<NonNullable<ClaimsSource['external']>>>[number], names: readonly string[]): void {
    const { jwt, endpoint, accessToken } = external;
    const claims = external.claims.filter((name) => names.includes(name));
    if (claims.length === 0 || (jwt === undefined && endpoint === undefined)) return;
    const source = `src${Object.keys(this.sources).length + 1}`;
    for (const claim of claims) this.names[claim] = source;
    this.sources[source] =
      jwt === undefined ? { endpoint, ...(accessToken !== undefined && { access_token: accessToken }) } : { JWT: jwt };
  }

  members(): Record<string, unknown> {
    return Object.keys(this.names).length > 0 ? { _claim_names: this.names, _claim_sources: this.sources } : {};
  }
}
