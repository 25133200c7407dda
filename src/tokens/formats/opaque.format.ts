// Opaque access tokens: random text that means something to this server only.
// @see RFC 6750 §2.1 https://www.rfc-editor.org/rfc/rfc6750#section-2.1
import { tokenIdentifier } from '../../common/credential.js';
import { TokenFormat, type TokenFormatContext } from './token-format.js';

/** Random text that means something to this server only. */
@TokenFormat('opaque')
export class OpaqueFormat implements TokenFormat {
  write({ value }: TokenFormatContext): string {
    return value;
  }

  recognizes(): boolean {
    return true;
  }

  identify(token: string): string {
    return tokenIdentifier(token);
  }
}
