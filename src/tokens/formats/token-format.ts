// How an access token is written, as a plug-in: @TokenFormat('jwt').
import { pluginKind } from '../../common/plugin.js';
import type { IssuedGrant } from '../issuance.js';

/** What a format writes a token from. */
export interface TokenFormatContext {
  /** Random text of 256 bits or more: an opaque token is just this. */
  value: string;
  /** Seconds. */
  lifetime: number;
  grant: IssuedGrant;
}

/** How an access token is written: decorate the class with `@TokenFormat(name)`. */
export interface TokenFormat {
  /** The text of the token. */
  write(context: TokenFormatContext): Promise<string> | string;
  /** Does a token look like one of this format? Asked of the formats in turn; the opaque one takes what is left. */
  recognizes(token: string): boolean;
  /** The identifier under which the token is stored; undefined when it was not issued here. */
  identify(token: string): Promise<string | undefined> | string | undefined;
}

/** @example \@TokenFormat('paseto') class PasetoFormat implements TokenFormat {} */
export const TokenFormat = pluginKind('TokenFormat');
