// The guard of @nestjs/passport with our strategy accepts and refuses exactly what @ResourceProtector() does.
// @see RFC 6750 §2, §3 https://www.rfc-editor.org/rfc/rfc6750#section-2
import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import {
  type AccessToken,
  CurrentToken,
  PassportBearerGuard,
  ResourceProtector,
} from 'nest-authorization-server/resource-server';
import { ADAPTERS } from './guarded-app.js';
import { challengeOf, type Host, startHost, tokenWith } from './host.js';

@Controller()
class TokenController {
  @Get('ours')
  @ResourceProtector()
  ours(@CurrentToken() token: AccessToken): object {
    return { ...token };
  }

  @Get('passport')
  @UseGuards(PassportBearerGuard)
  passport(@Req() { user }: { user: AccessToken }): object {
    return { ...user };
  }
}

const AUDIENCE = 'https://a.test';

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ adapter, controllers: [TokenController], options: { audience: AUDIENCE, realm: 'two' } });
  });

  it.each<[string, string | undefined, string]>([
    ['a good token', `Bearer ${tokenWith()}`, ''],
    ['the scheme in another case', `bEARER ${tokenWith()}`, ''],
    ['several spaces before the token', `Bearer   ${tokenWith()}`, ''],
    ['a token for the audience', `Bearer ${tokenWith({ aud: ['https://b.test', AUDIENCE] })}`, ''],
    ['a token for another audience', `Bearer ${tokenWith({ aud: 'https://b.test' })}`, ''],
    ['an expired token', `Bearer ${tokenWith({ exp: 1 })}`, ''],
    ['an unknown token', 'Bearer nonsense', ''],
    ['no header', undefined, ''],
    ['an empty token', 'Bearer', ''],
    ['two tokens', 'Bearer a b', ''],
    ['characters that no token has', 'Bearer a,b', ''],
    ['another scheme', 'Basic YTpi', ''],
    ['a token in the query', undefined, '?access_token=a'],
    ['a token in header and query', `Bearer ${tokenWith()}`, '?access_token=a'],
  ])('both say the same to %s (§2, §3.1)', async (_, authorization, query) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answers = await Promise.all(
      ['/ours', '/passport'].map((path) => fetch(host.url + path + query, { headers })),
    );
    const [ours, passport] = await Promise.all(
      answers.map(async (one) => [one.status, challengeOf(one), one.headers.get('cache-control'), await one.json()]),
    );
    expect(passport).toEqual(ours);
  });
});
