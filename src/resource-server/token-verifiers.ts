// The registry of token verifiers, and who of them verifies a token: one look-up, by the issuer that a JWT names.
// Nobody is asked in turn: a token of one issuer never travels to another one.
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../common/plugin.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import { type AccessToken, type MaybePromise, TokenVerifier } from './token-verifier.js';
import { readJwt } from './verifiers/compact-jwt.js';
import { IssuerVerifier } from './verifiers/issuer-verifier.js';

/** Longer ones are nobody's. */
const MAX_TOKEN_LENGTH = 16_384;

@Injectable()
export class TokenVerifiers extends Registry<TokenVerifier> implements OnModuleInit {
  private readonly byIssuer = new Map<string, TokenVerifier>();
  private opaque?: TokenVerifier;

  constructor(
    discovery: DiscoveryService,
    @Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions,
  ) {
    super(TokenVerifier, discovery);
  }

  /** @throws Error when two verify the tokens of one issuer, or several take opaque tokens and no option says who */
  onModuleInit(): void {
    const { issuers, audiences } = this.options;
    for (const one of issuers) this.register(one.issuer, new IssuerVerifier(one, audiences));
    this.load();
    for (const name of this.names()) this.addIssuer(this.get(name), name);
    this.opaque = this.chooseOpaque();
  }

  /** Whose tokens are accepted. */
  issuers(): string[] {
    return [...this.byIssuer.keys()];
  }

  /**
   * @returns undefined when the token is not valid
   * @throws what the verifier throws when it cannot be told
   */
  verify(token: string): MaybePromise<AccessToken | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const jwt = readJwt(token);
    const issuer = jwt?.payload.iss;
    const verifier = typeof issuer === 'string' ? this.byIssuer.get(issuer) : this.opaque;
    return verifier?.verify(token, jwt);
  }

  private addIssuer(verifier: TokenVerifier, name: string): void {
    const issuer = verifier.issuer ?? name;
    const other = this.byIssuer.get(issuer);
    if (other) throw new Error(`${nameOf(other)} and ${nameOf(verifier)} both verify the tokens of ${issuer}.`);
    this.byIssuer.set(issuer, verifier);
  }

  private chooseOpaque(): TokenVerifier | undefined {
    const { opaqueTokens } = this.options;
    const able = [...this.byIssuer].filter(([, { opaque }]) => opaque ?? this.byIssuer.size === 1);
    if (opaqueTokens !== undefined) {
      const chosen = able.find(([issuer]) => issuer === opaqueTokens);
      if (!chosen)
        throw new Error(
          `opaqueTokens: ${opaqueTokens} has no verifier that takes opaque tokens; there are: ${namesOf(able)}.`,
        );
      return chosen[1];
    }
    if (able.length > 1)
      throw new Error(`Who verifies tokens that name no issuer? Say it by the option opaqueTokens: ${namesOf(able)}.`);
    return able[0]?.[1];
  }
}

function nameOf(verifier: TokenVerifier): string {
  return verifier.constructor.name;
}

function namesOf(entries: readonly [issuer: string, TokenVerifier][]): string {
  return entries.map(([issuer]) => issuer).join(', ') || 'none';
}
