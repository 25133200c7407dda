// Calls to an API while people who signed in are being answered: their tokens are renewed in their sessions.
import { jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  InjectOAuthClient,
  type OAuthClient,
  type OAuthToken,
  RemoteToken,
  SignInWith,
} from 'nest-authorization-server/relying-party';
import { type PlainProvider, startPlainProvider } from '../support/plain-provider.js';
import { Visitor } from '../support/visitor.js';
import { ADAPTERS, type SignInHost, startSignInHost } from './sign-in-host.js';

@Controller()
class PagesController {
  constructor(@InjectOAuthClient('plain') private readonly client: OAuthClient) {}

  @SignInWith('plain')
  signedIn(): void {
    return undefined;
  }

  @Get('things')
  async things() {
    const [one, other] = await Promise.all([this.client.get('one'), this.client.get('other')]);
    return [one.status, other.status];
  }

  @Get('token')
  token(@RemoteToken() token: OAuthToken) {
    return token;
  }
}

let provider: PlainProvider;
beforeAll(async () => {
  provider = await startPlainProvider();
});
beforeEach(() => {
  provider.requests.length = 0;
  for (const oddity of Object.keys(provider.odd)) Reflect.deleteProperty(provider.odd, oddity);
});
afterEach(() => void jest.restoreAllMocks());

/** For everybody in this process. */
function pass(seconds: number): void {
  const time = Date.now() + seconds * 1000;
  jest.spyOn(Date, 'now').mockImplementation(() => time);
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: SignInHost;
  beforeAll(async () => {
    const userinfo = (json: unknown): { sub: string } => ({ sub: (json as { login: string }).login });
    const metadata = { userinfo_endpoint: `${provider.origin}/api/user` };
    host = await startSignInHost({
      adapter,
      controllers: [PagesController],
      clients: { plain: { ...provider.options, metadata, compliance: { userinfo } } },
    });
  });

  async function signIn(): Promise<(path: string) => Promise<unknown>> {
    const visitor = new Visitor();
    await visitor.open(`${host.url}/plain?next=/token`);
    const headers = { cookie: visitor.jar(host.url).header() };
    return async (path) => (await fetch(host.url + path, { headers })).json();
  }
  const refreshes = (): number =>
    provider.requests.filter(({ form }) => form.get('grant_type') === 'refresh_token').length;

  it('many requests of one session: one renewal, and all of them have the new token', async () => {
    const ask = await signIn();
    const before = (await ask('/token')) as OAuthToken;
    pass(2 * 3600);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/things')));
    expect(answers).toEqual(Array(20).fill([200, 200]));
    expect(refreshes()).toBe(1);
    const after = (await ask('/token')) as OAuthToken;
    expect(after.access_token).not.toBe(before.access_token);
    expect(after.refresh_token).not.toBe(before.refresh_token);
  });

  it('the session keeps it: later requests renew nothing', async () => {
    const ask = await signIn();
    pass(2 * 3600);
    await ask('/things');
    pass(120);
    expect(await ask('/things')).toEqual([200, 200]);
    expect(refreshes()).toBe(1);
  });

  it('a token that was withdrawn is renewed as well', async () => {
    const ask = await signIn();
    provider.withdraw(((await ask('/token')) as OAuthToken).access_token!);
    expect(await ask('/things')).toEqual([200, 200]);
    expect(refreshes()).toBe(1);
  });

  it('of a new token that does not tell its end, the session does not keep the end of the old one', async () => {
    const ask = await signIn();
    pass(2 * 3600);
    provider.odd.noExpiresIn = true;
    await ask('/things');
    expect(await ask('/token')).not.toHaveProperty('expires_at');
  });

  it('two sessions of one user have each their own', async () => {
    const [one, other] = [await signIn(), await signIn()];
    pass(2 * 3600);
    expect(await Promise.all([one('/things'), other('/things')])).toEqual([
      [200, 200],
      [200, 200],
    ]);
    expect(refreshes()).toBe(2);
    const [first, second] = (await Promise.all([one('/token'), other('/token')])) as OAuthToken[];
    expect(first.access_token).not.toBe(second.access_token);
  });
});
