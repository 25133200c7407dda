// The grant type: a link that proves who somebody is, redeemed for tokens.
// @see RFC 6749 §4.5 https://www.rfc-editor.org/rfc/rfc6749#section-4.5
import {
  Grant,
  InvalidGrantError,
  ResourceIndicators,
  resolveScope,
  type TokenRequest,
  type TokenResponse,
  UsersService,
  UserTokens,
} from 'nest-authorization-server';
import { MagicLinks } from './magic-links.js';

export const MAGIC_LINK = 'urn:example:magic-link';

@Grant(MAGIC_LINK)
export class MagicLinkGrant implements Grant {
  constructor(
    private readonly links: MagicLinks,
    private readonly users: UsersService,
    private readonly resources: ResourceIndicators,
    private readonly tokens: UserTokens,
  ) {}

  /** The client has proved who it is and may use the grant; what is left is the link. */
  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const login = this.links.consume(parameters.require('link'));
    const user = login === undefined ? undefined : await this.users.findByLogin(login);
    if (!user || user.disabled) throw new InvalidGrantError('The link was used before, or is too old.');
    const resources = await this.resources.read(client, parameters);
    return this.tokens.issue({
      client,
      user,
      scope: resolveScope(client, parameters.get('scope'), resources),
      resources: resources.map(({ identifier }) => identifier),
      grantType: MAGIC_LINK,
      amr: ['link'],
    });
  }
}
