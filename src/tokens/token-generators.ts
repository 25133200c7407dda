// Who makes the text of tokens: generators of the operator's, by grant type.
// @see RFC 6749 §1.4, §10.10 https://www.rfc-editor.org/rfc/rfc6749#section-10.10
import type { PluginOptions } from '../common/plugin.js';
import type { ServerOptions, TokenGenerator } from '../config/options.js';

/** Which of the two a generator makes. */
export type TokenKind = 'access_token' | 'refresh_token';

const DEFAULT = 'default';

export class TokenGenerators {
  private readonly registered = new Map<string, TokenGenerator>();

  constructor(private readonly options: Pick<ServerOptions, 'accessTokenGenerator' | 'refreshTokenGenerator'>) {}

  /** Is there any? */
  get any(): boolean {
    const { accessTokenGenerator, refreshTokenGenerator } = this.options;
    return this.registered.size > 0 || accessTokenGenerator !== undefined || refreshTokenGenerator !== undefined;
  }

  /** @throws Error when there is one already and `replaces` was not said */
  register(grantType: string, generate: TokenGenerator, kind: TokenKind, { replaces }: PluginOptions = {}): void {
    const key = keyOf(kind, grantType);
    if (this.registered.has(key) && !replaces)
      throw new Error(
        `The ${kind} generator of '${grantType}' is registered twice. Say { replaces: true } on the one that shall be used.`,
      );
    this.registered.set(key, generate);
  }

  /** The one for the grant type, or the one for all; undefined: 256 random bits. */
  find(kind: TokenKind, grantType: string): TokenGenerator | undefined {
    const given = kind === 'access_token' ? this.options.accessTokenGenerator : this.options.refreshTokenGenerator;
    if (this.registered.size === 0) return given;
    return this.registered.get(keyOf(kind, grantType)) ?? this.registered.get(keyOf(kind, DEFAULT)) ?? given;
  }
}

function keyOf(kind: TokenKind, grantType: string): string {
  return `${kind} ${grantType}`;
}
