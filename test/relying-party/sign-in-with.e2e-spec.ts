// @SignInWith: two routes of one method, on Fastify and Express.
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Header,
  Injectable,
  Res,
  UseGuards,
} from '@nestjs/common';
import {
  type OAuthToken,
  RemoteToken,
  RemoteUser,
  SignInFailed,
  SignInWith,
  type UserInfo,
} from 'nest-authorization-server/relying-party';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type Arrival, Visitor } from '../support/visitor.js';
import { ADAPTERS, clientOf, type SignInHost, startSignInHost } from './sign-in-host.js';

@Injectable()
class HeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (
      context.switchToHttp().getRequest<{ headers: object }>().headers['x-let-me-in' as keyof object] !== undefined
    );
  }
}

interface Answering {
  status(status: number): Answering;
  header(name: string, value: string): Answering;
  send(body: unknown): void;
}

@Controller()
class PeopleController {
  @Get()
  home(@RemoteUser('sub') sub?: string) {
    return { home: true, sub: sub ?? null };
  }

  @Get('here')
  here(@RemoteUser() user?: UserInfo, @RemoteUser('__proto__') prototype?: unknown) {
    return { sub: user?.sub, prototype: prototype ?? null };
  }

  @SignInWith('op')
  signedIn(): void {
    return undefined;
  }

  @SignInWith('op', { path: 'me' })
  me(@RemoteUser() user: UserInfo, @RemoteUser('sub') sub: string, @RemoteToken() token: OAuthToken) {
    return { issuer: user.iss, sub, tokenType: token.token_type };
  }

  @SignInWith('op', { path: 'full', userinfo: true, next: '/here' })
  full(@RemoteUser() user: UserInfo) {
    return { email: user.email, issuer: user.iss };
  }

  @SignInWith('op', { path: 'elsewhere', next: '/here' })
  elsewhere(): void {
    return undefined;
  }

  @SignInWith('op', { path: 'refusing' })
  refuse(): void {
    throw new ForbiddenException('You are none of us.');
  }

  @SignInWith('op', { path: 'guest', session: false })
  guest(@RemoteUser('sub') sub: string) {
    return { sub };
  }

  @SignInWith('op', { path: 'guarded' })
  @UseGuards(HeaderGuard)
  guarded(): void {
    return undefined;
  }

  @SignInWith('op', { path: 'answering' })
  @Header('x-answered', 'yes')
  answer(@RemoteUser('sub') sub: string, @Res() reply: Answering): void {
    reply.status(202).header('x-sub', sub).send('answered');
  }

  @SignInWith('op', { path: 'asking', params: { prompt: 'login', ui_locales: 'de' } })
  asking(): void {
    return undefined;
  }

  @SignInWith('op', {
    path: 'kind',
    failure: (failed, { reply }) => {
      reply.status(418);
      return {
        failed: failed.code,
        provider: failed.provider,
        next: failed.next ?? null,
        is: failed instanceof SignInFailed,
      };
    },
  })
  kind(): void {
    return undefined;
  }

  @SignInWith('poster', { path: '/posted/' })
  posted(@RemoteUser('sub') sub: string) {
    return { sub };
  }
}

let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider();
});
afterEach(() => void (provider.bends = {}));

const json = ({ text }: Arrival): unknown => JSON.parse(text);

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: SignInHost;
  beforeAll(async () => {
    const clients = { op: clientOf(provider), poster: clientOf(provider, { responseMode: 'form_post' }) };
    host = await startSignInHost({ adapter, controllers: [PeopleController], clients });
  });

  const isCallback = ({ url }: { url: URL }): boolean => url.pathname.endsWith('/callback');

  it('sends the browser to the provider and back, with the callback of the same host', async () => {
    const visitor = new Visitor();
    const { url } = await visitor.until(({ url: { origin } }) => origin === provider.issuer, `${host.url}/me`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'app',
      redirect_uri: `${host.url}/me/callback`,
      response_type: 'code',
      code_challenge_method: 'S256',
    });
  });

  it('runs the method with the user and the token, and answers what it returns', async () => {
    const arrival = await new Visitor().open(`${host.url}/me`);
    expect([arrival.status, arrival.url.pathname]).toEqual([200, '/me/callback']);
    expect(json(arrival)).toEqual({ issuer: provider.issuer, sub: 'alice', tokenType: 'bearer' });
    expect(arrival.headers.get('cache-control')).toBe('no-store');
  });

  it('goes home when the method returns nothing, and the user is signed in there', async () => {
    const arrival = await new Visitor().open(`${host.url}/op`);
    expect(arrival.url.href).toBe(`${host.url}/`);
    expect(json(arrival)).toEqual({ home: true, sub: 'alice' });
  });

  it('goes to next, or to that of the options', async () => {
    const wanted = await new Visitor().open(`${host.url}/op?next=${encodeURIComponent('/here?a=b&c=%20d')}`);
    expect(wanted.url.href).toBe(`${host.url}/here?a=b&c=%20d`);
    const usual = await new Visitor().open(`${host.url}/elsewhere`);
    expect(usual.url.href).toBe(`${host.url}/here`);
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example/',
    '/.//evil.example',
    '/x/..//evil.example',
    'javascript:alert(1)',
    'evil.example',
    ' /here',
    '/here\r\nset-cookie: a=b',
    `/${'x'.repeat(3000)}`,
  ])('does not go to %j', async (next) => {
    const arrival = await new Visitor().open(`${host.url}/op?next=${encodeURIComponent(next)}`);
    expect(arrival.url.href).toBe(`${host.url}/`);
  });

  it('takes an answer that is posted, with status 200', async () => {
    const arrival = await new Visitor().open(`${host.url}/posted`);
    expect([arrival.status, arrival.url.href]).toEqual([200, `${host.url}/posted/callback`]);
    expect(json(arrival)).toEqual({ sub: 'alice' });
  });

  it('asks the userinfo endpoint too where the options say so; the ID token goes before', async () => {
    provider.bends.userinfo = (claims) => ({ ...claims, iss: 'https://else.example' });
    const arrival = await new Visitor().open(`${host.url}/full`);
    expect(json(arrival)).toEqual({ email: 'alice@provider.example', issuer: provider.issuer });
  });

  it('sends the parameters of the options', async () => {
    const { url } = await new Visitor().until(
      ({ url: { origin } }) => origin === provider.issuer,
      `${host.url}/asking`,
    );
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ prompt: 'login', ui_locales: 'de' });
  });

  it('gives a handler nothing of what every object has', async () => {
    const visitor = new Visitor();
    await visitor.open(`${host.url}/op`);
    expect(json(await visitor.open(`${host.url}/here`))).toEqual({ sub: 'alice', prototype: null });
  });

  it('has begun no session when the method throws', async () => {
    const visitor = new Visitor();
    const arrival = await visitor.open(`${host.url}/refusing`);
    expect([arrival.status, (json(arrival) as { message: string }).message]).toEqual([403, 'You are none of us.']);
    expect(json(await visitor.open(host.url))).toEqual({ home: true, sub: null });
    expect(visitor.jar(host.url).names()).not.toContain('remote-session');
  });

  it('leaves the session to the application where the options say so', async () => {
    const visitor = new Visitor();
    expect(json(await visitor.open(`${host.url}/guest`))).toEqual({ sub: 'alice' });
    expect(visitor.jar(host.url).names()).toEqual([]);
  });

  it.each(['guarded', 'guarded/callback'])('what decorates the method holds for %s', async (path) => {
    const refused = await fetch(`${host.url}/${path}`, { redirect: 'manual' });
    expect(refused.status).toBe(403);
    const let_in = await fetch(`${host.url}/guarded`, { redirect: 'manual', headers: { 'x-let-me-in': 'please' } });
    expect(let_in.status).toBe(303);
  });

  it('lets a method answer by itself; its headers are not those of the way to the provider', async () => {
    const arrival = await new Visitor().open(`${host.url}/answering`);
    expect([arrival.status, arrival.text, arrival.headers.get('x-sub')]).toEqual([202, 'answered', 'alice']);
    expect(arrival.headers.get('x-answered')).toBe('yes');
    const start = await fetch(`${host.url}/answering`, { redirect: 'manual' });
    expect([start.status, start.headers.get('x-answered')]).toEqual([303, null]);
  });

  it('keeps several tabs apart', async () => {
    const visitor = new Visitor();
    const first = await visitor.until(isCallback, `${host.url}/op?next=/here?tab=1`);
    const second = await visitor.until(isCallback, `${host.url}/op?next=/here?tab=2`);
    expect((await visitor.send(second)).url.search).toBe('?tab=2');
    expect((await visitor.send(first)).url.search).toBe('?tab=1');
  });

  describe('when it fails', () => {
    it('answers 401 when somebody did not want to', async () => {
      provider.bends.callback = (parameters) => {
        parameters.delete('code');
        parameters.set('error', 'access_denied');
        parameters.set('error_description', 'Alice <script>');
      };
      const arrival = await new Visitor().open(`${host.url}/op`);
      expect([arrival.status, json(arrival)]).toEqual([
        401,
        { statusCode: 401, error: 'access_denied', message: 'You did not sign in.' },
      ]);
      expect(arrival.headers.get('cache-control')).toBe('no-store');
    });

    it('answers 403 to an answer that this browser did not ask for, and to one that was there before', async () => {
      const visitor = new Visitor();
      const callback = await visitor.until(isCallback, `${host.url}/op`);
      const foreign = await new Visitor().send(callback);
      expect([foreign.status, (json(foreign) as { error: string }).error]).toEqual([403, 'mismatching_state']);
      expect(foreign.text).not.toContain(callback.url.searchParams.get('code'));
      expect((await visitor.send(callback)).status).toBe(200);
      expect((await visitor.send(callback)).status).toBe(403);
    });

    it('answers 502 when the provider is at fault, and begins no session', async () => {
      provider.bends.claims = (claims) => ({ ...claims, aud: 'another' });
      const visitor = new Visitor();
      const arrival = await visitor.open(`${host.url}/op`);
      expect([arrival.status, (json(arrival) as { error: string }).error]).toEqual([502, 'invalid_response']);
      expect(json(await visitor.open(host.url))).toEqual({ home: true, sub: null });
    });

    it('answers what the application wants to, which knows where the user was going', async () => {
      provider.bends.callback = (parameters) => {
        parameters.delete('code');
        parameters.set('error', 'access_denied');
      };
      const arrival = await new Visitor().open(`${host.url}/kind?next=/here`);
      const told = { failed: 'access_denied', provider: 'op', next: '/here', is: true };
      expect([arrival.status, json(arrival)]).toEqual([418, told]);
    });
  });
});

describe('the redirect URI', () => {
  async function redirectUri(path: string, settings: Partial<Parameters<typeof startSignInHost>[0]>): Promise<string> {
    const clients = { op: clientOf(provider), poster: clientOf(provider) };
    const { url } = await startSignInHost({ controllers: [PeopleController], clients, ...settings });
    const start = await fetch(url + path, { redirect: 'manual', headers: { host: 'app.example' } });
    return new URL(start.headers.get('location')!).searchParams.get('redirect_uri')!;
  }

  it('is below the prefix of the application', async () => {
    const uri = await redirectUri('/v1/op', { configure: (app) => app.setGlobalPrefix('v1') });
    expect(new URL(uri).pathname).toBe('/v1/op/callback');
  });

  it('is at publicUrl, whatever the request says', async () => {
    const options = { publicUrl: 'https://people.example/app/' };
    expect(await redirectUri('/op', { options })).toBe('https://people.example/app/op/callback');
  });
});
