// @ResourceProtector in a Nest application of somebody else's: what it asks for, what it hands on, and that two
// applications in one process know nothing of each other.
// @see RFC 6750 §2, §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Injectable, Module, Post, Req, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type AccessToken,
  type BearerRequest,
  CurrentToken,
  currentToken,
  type GuardedRequest,
  ResourceProtector,
  ResourceServer,
  ResourceServerModule,
  type ResourceServerOptions,
  TokenVerifier,
} from '../../src/resource-server/index.js';
import { EventBus } from '../../src/events/event-bus.js';
import { closeApplication, onClose } from '../support/cleanup.js';

/** Tokens are `<user or -> <scope…>`, encoded; whatever else is no token. */
function tokenFor(userId: string, ...scope: string[]): string {
  return Buffer.from([userId, ...scope].join(' ')).toString('base64url');
}

function verifierOf(issuer: string): Type<TokenVerifier & { calls: number }> {
  @TokenVerifier(issuer)
  class ReadingVerifier implements TokenVerifier {
    calls = 0;

    async verify(token: string): Promise<AccessToken | undefined> {
      this.calls++;
      await sleep(1);
      const [userId, ...scope] = Buffer.from(token, 'base64url').toString().split(' ');
      if (!/^(user-\w+|-|failing)$/.test(userId)) return undefined;
      if (userId === 'failing') throw new Error('The verifier is broken.');
      return {
        token,
        issuer,
        subject: userId,
        userId: userId === '-' ? undefined : userId,
        clientId: `client-of-${issuer}`,
        scope: scope.filter((value) => !value.startsWith('aud:')),
        audience: scope.filter((value) => value.startsWith('aud:')).map((value) => value.slice(4)),
        issuedAt: new Date(0),
        expiresAt: new Date(8.64e14),
        roles: [],
        groups: [],
        entitlements: [],
        claims: {},
      };
    }
  }
  return ReadingVerifier;
}

@Injectable()
class DeepDown {
  async who(): Promise<string | undefined> {
    await sleep(2);
    return currentToken()?.subject;
  }
}

@Controller('items')
@ResourceProtector('read')
class ItemsController {
  constructor(
    private readonly deep: DeepDown,
    private readonly resourceServer: ResourceServer,
  ) {}

  @Get()
  list(@CurrentToken() token: AccessToken): object {
    return { subject: token.subject, scope: token.scope, client: token.clientId };
  }

  @Get('request')
  request(@Req() request: GuardedRequest): object {
    return { subject: request.current_token?.subject };
  }

  @Get('chain')
  async chain(): Promise<object> {
    return { subject: await this.deep.who() };
  }

  @Get('written')
  @ResourceProtector('write')
  write(): string {
    return 'written';
  }

  @Get('acquired')
  acquire(): object {
    return { scope: this.resourceServer.acquire(['admin', 'read write']).scope };
  }

  @Get('owned')
  own(): object {
    return { userId: this.resourceServer.acquireUser().userId };
  }

  @Get('passed')
  async pass(@Req() { headers }: { headers: Record<string, string> }): Promise<object> {
    return { subject: (await this.resourceServer.acquireToken(headers['x-token'] ?? '', 'admin')).subject };
  }
}

@Controller('posts')
class PostsController {
  constructor(private readonly resourceServer: ResourceServer) {}

  @Get('any')
  @ResourceProtector()
  any(): string {
    return 'any';
  }

  @Get('none')
  @ResourceProtector([])
  none(): string {
    return 'none';
  }

  @Get('both')
  @ResourceProtector('read  write ')
  both(): string {
    return 'both';
  }

  @Get('either')
  @ResourceProtector(['posts:read posts:write', 'admin', 'odd"\\scope'])
  either(): string {
    return 'either';
  }

  @Get('optional')
  @ResourceProtector('read', { optional: true })
  optional(@CurrentToken() token?: AccessToken): object {
    return { subject: token?.subject ?? null, inChain: currentToken()?.subject ?? null };
  }

  @Post('json')
  @ResourceProtector('read')
  json(@Body() body: object): object {
    return { body };
  }

  @Get('open')
  open(): object {
    return { token: currentToken() ?? null };
  }

  @Get('undecorated')
  async undecorated(@Req() request: BearerRequest): Promise<object> {
    return { subject: (await this.resourceServer.acquireFrom(request, ['admin', 'read'])).subject };
  }
}

interface Application {
  url: string;
  app: NestFastifyApplication;
  verifier: TokenVerifier & { calls: number };
  authenticated: { clientId: string; userId?: string; scope: string }[];
}

async function start(issuer: string, options: ResourceServerOptions = {}): Promise<Application> {
  const verifier = verifierOf(issuer);

  @Module({
    imports: [ResourceServerModule.forRoot(options)],
    controllers: [ItemsController, PostsController],
    providers: [DeepDown, verifier],
  })
  class GuardedModule {}

  const app = await NestFactory.create<NestFastifyApplication>(GuardedModule, new FastifyAdapter(), { logger: false });
  onClose(() => closeApplication(app));
  await app.listen(0, '127.0.0.1');
  const authenticated: Application['authenticated'] = [];
  app.get(EventBus).on('token.authenticated', (payload) => void authenticated.push(payload));
  return { app, url: await app.getUrl(), verifier: app.get(verifier), authenticated };
}

let one: Application;
beforeAll(async () => void (one = await start('one')));
beforeEach(() => void (one.authenticated.length = 0));

const ask = (path: string, token?: string, init: RequestInit = {}, application = one): Promise<Response> =>
  fetch(application.url + path, {
    ...init,
    headers: { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) },
  });

const challengeOf = (response: Response): string | null => response.headers.get('www-authenticate');

describe('the scope that is asked', () => {
  it.each<[string, string, string[], number]>([
    ['nothing takes any token', '/posts/any', [], 200],
    ['an empty list takes any token', '/posts/none', ['whatever'], 200],
    ['one value', '/items', ['read'], 200],
    ['one value among others', '/items', ['profile', 'read', 'x'], 200],
    ['one value that is only a part of one', '/items', ['reading'], 403],
    ['no value', '/items', [], 403],
    ['both values', '/posts/both', ['write', 'read'], 200],
    ['the first of both values', '/posts/both', ['read'], 403],
    ['the second of both values', '/posts/both', ['write'], 403],
    ['the first alternative', '/posts/either', ['posts:write', 'posts:read'], 200],
    ['the second alternative', '/posts/either', ['admin'], 200],
    ['half of the first alternative', '/posts/either', ['posts:read'], 403],
    ['none of the alternatives', '/posts/either', ['posts', 'read'], 403],
  ])('spaces mean AND, an array means OR: %s', async (_, path, scope, status) => {
    expect((await ask(path, tokenFor('user-a', ...scope))).status).toBe(status);
  });

  it('of a handler takes the place of that of its controller', async () => {
    expect((await ask('/items/written', tokenFor('user-a', 'write'))).status).toBe(200);
    expect((await ask('/items/written', tokenFor('user-a', 'read'))).status).toBe(403);
  });

  it('is told on refusal: the first alternative, quoted (§3, §3.1)', async () => {
    const response = await ask('/posts/either', tokenFor('user-a', 'x'));
    expect(challengeOf(response)).toMatch(
      /^Bearer realm="api", error="insufficient_scope", error_description="[^"]+", scope="posts:read posts:write"$/,
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ error: 'insufficient_scope', error_description: expect.any(String) });
    expect(challengeOf(await ask('/posts/both', tokenFor('user-a')))).toMatch(/, scope="read write"$/);
  });
});

describe('a refusal', () => {
  it('has no error when there is no token (§3.1)', async () => {
    const response = await ask('/items');
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toBe('Bearer realm="api"');
    expect(await response.text()).not.toContain('invalid_token');
  });

  it('is invalid_token for a bad one (§3.1)', async () => {
    const response = await ask('/items', 'nonsense');
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatch(/^Bearer realm="api", error="invalid_token", error_description="[^"]+"$/);
    expect(await response.json()).toEqual({ error: 'invalid_token', error_description: expect.any(String) });
  });

  it('is invalid_token for one that is bound to an audience which is not this (RFC 9068 §4)', async () => {
    const bound = await start('bound', { audience: ['https://api.example', 'https://other.example'] });
    const token = (...audience: string[]): string => tokenFor('user-a', 'read', ...audience.map((one) => `aud:${one}`));
    expect((await ask('/items', token('https://api.example'), {}, bound)).status).toBe(200);
    expect((await ask('/items', token('https://else.example', 'https://other.example'), {}, bound)).status).toBe(200);
    expect((await ask('/items', token('https://else.example'), {}, bound)).status).toBe(401);
    expect((await ask('/items', token('https://api.example'))).status).toBe(401);
  });

  it('names the realm that the options give, whatever is in it (§3)', async () => {
    const named = await start('named', { realm: 'my "api" \\ 1' });
    expect(challengeOf(await ask('/items', undefined, {}, named))).toBe('Bearer realm="my \\"api\\" \\\\ 1"');
  });

  it('is no statement about the token when the verifier fails: 500, and not 401', async () => {
    const response = await ask('/items', tokenFor('failing'));
    expect(response.status).toBe(500);
    expect(challengeOf(response)).toBeNull();
    expect(await response.text()).not.toContain('broken');
  });

  it.each([
    ['in the query', '/posts/any?access_token=T', {}],
    ['in the query of an optional handler', '/posts/optional?access_token=T', {}],
    ['in a form', '/posts/json', { method: 'POST', body: new URLSearchParams({ access_token: 'T' }) }],
  ])(
    'is invalid_request for a token %s, beside a good header or not (§2, §3.1)',
    async (_, path, init: RequestInit) => {
      for (const token of [undefined, tokenFor('user-a', 'read')]) {
        const response = await ask(path.replace('T', tokenFor('user-a', 'read')), token, init);
        expect(response.status).toBe(400);
        expect(challengeOf(response)).toMatch(
          /^Bearer realm="api", error="invalid_request", error_description="[^"]+"$/,
        );
        expect(await response.json()).toMatchObject({ error: 'invalid_request' });
      }
    },
  );

  it('is none for JSON that happens to have a member access_token: it is no token of this request (§2.2)', async () => {
    const init = {
      method: 'POST',
      body: '{"access_token":"of another service"}',
      headers: { 'content-type': 'application/json' },
    };
    const response = await ask('/posts/json', tokenFor('user-a', 'read'), init);
    expect(await response.json()).toEqual({ body: { access_token: 'of another service' } });
    const stolen = { ...init, body: JSON.stringify({ access_token: tokenFor('user-a', 'read') }) };
    expect((await ask('/posts/json', undefined, stolen)).status).toBe(401);
  });
});

describe('an optional token', () => {
  it('may be absent: the handler runs without one', async () => {
    const response = await ask('/posts/optional');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ subject: null, inChain: null });
  });

  it('is at hand when it is there', async () => {
    expect(await (await ask('/posts/optional', tokenFor('user-a', 'read'))).json()).toEqual({
      subject: 'user-a',
      inChain: 'user-a',
    });
  });

  it('is refused when it is bad, malformed or of too little scope', async () => {
    expect((await ask('/posts/optional', 'nonsense')).status).toBe(401);
    expect((await ask('/posts/optional', tokenFor('user-a', 'write'))).status).toBe(403);
    expect((await ask('/posts/optional', undefined, { headers: { authorization: 'Bearer' } })).status).toBe(400);
    expect((await ask('/posts/optional', undefined, { headers: { authorization: 'Basic YTpi' } })).status).toBe(401);
  });
});

describe('the token', () => {
  it('is a parameter by @CurrentToken', async () => {
    expect(await (await ask('/items', tokenFor('user-a', 'read', 'x'))).json()).toEqual({
      subject: 'user-a',
      scope: ['read', 'x'],
      client: 'client-of-one',
    });
  });

  it('is request.current_token', async () => {
    expect(await (await ask('/items/request', tokenFor('user-a', 'read'))).json()).toEqual({ subject: 'user-a' });
  });

  it('is currentToken() in the call chain, each request its own, also when a hundred run at once', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `user-${n}`);
    const answers = await Promise.all(
      names.map(
        async (name) => (await ask('/items/chain', tokenFor(name, 'read'))).json() as Promise<{ subject: string }>,
      ),
    );
    expect(answers.map(({ subject }) => subject)).toEqual(names);
  });

  it('is nowhere outside of a guarded handler', async () => {
    expect(currentToken()).toBeUndefined();
    expect(await (await ask('/posts/open', tokenFor('user-a', 'read'))).json()).toEqual({ token: null });
  });

  it('is verified and told of once, also where controller and handler are both guarded', async () => {
    for (const path of ['/items', '/items/written']) {
      const before = one.verifier.calls;
      one.authenticated.length = 0;
      expect((await ask(path, tokenFor('user-a', 'read', 'write'))).status).toBe(200);
      expect(one.authenticated).toEqual([{ clientId: 'client-of-one', userId: 'user-a', scope: 'read write' }]);
      expect(one.verifier.calls - before).toBe(1);
    }
  });

  it('is not told of when it was refused', async () => {
    await ask('/items', tokenFor('user-a', 'x'));
    await ask('/items', 'nonsense');
    await ask('/items');
    expect(one.authenticated).toEqual([]);
  });
});

describe('acquire', () => {
  it('gives the token when it carries one of the alternatives', async () => {
    const response = await ask('/items/acquired', tokenFor('user-a', 'read', 'write'));
    expect(await response.json()).toEqual({ scope: ['read', 'write'] });
  });

  it('refuses by the challenge of the RFC when it does not (§3.1)', async () => {
    const response = await ask('/items/acquired', tokenFor('user-a', 'read'));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope' });
    expect(challengeOf(response)).toMatch(/^Bearer realm="api", error="insufficient_scope", .*, scope="admin"$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('of a user refuses a client that acts for itself', async () => {
    expect(await (await ask('/items/owned', tokenFor('user-a', 'read'))).json()).toEqual({ userId: 'user-a' });
    const response = await ask('/items/owned', tokenFor('-', 'read'));
    expect(response.status).toBe(403);
    expect(challengeOf(response)).toMatch(/^Bearer realm="api", error="insufficient_scope"/);
  });

  it('outside of a request is refused as a request without a token', () => {
    expect(() => one.app.get(ResourceServer).acquire()).toThrow(
      expect.objectContaining({ challenge: 'Bearer realm="api"' }),
    );
  });
});

describe('acquireFrom', () => {
  it('gives the token of a request whose handler has no decorator', async () => {
    expect(await (await ask('/posts/undecorated', tokenFor('user-a', 'read'))).json()).toEqual({ subject: 'user-a' });
  });

  it.each<[string, string | undefined, string, number, RegExp]>([
    ['without a token', undefined, '', 401, /^Bearer realm="api"$/],
    ['with a bad token', 'nonsense', '', 401, /error="invalid_token"/],
    [
      'with a token of too little scope',
      tokenFor('user-a', 'x'),
      '',
      403,
      /error="insufficient_scope".*scope="admin"$/,
    ],
    ['with a token in the query', undefined, '?access_token=x', 400, /error="invalid_request"/],
  ])('refuses one %s as a guard does (§3.1)', async (_, token, query, status, challenge) => {
    const response = await ask(`/posts/undecorated${query}`, token);
    expect(response.status).toBe(status);
    expect(challengeOf(response)).toMatch(challenge);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('acquireToken', () => {
  it('verifies a token that came another way', async () => {
    const headers = { 'x-token': tokenFor('user-b', 'admin') };
    expect(await (await ask('/items/passed', tokenFor('user-a', 'read'), { headers })).json()).toEqual({
      subject: 'user-b',
    });
  });

  it.each<[string, string, number, RegExp]>([
    ['unknown', 'nonsense', 401, /error="invalid_token"/],
    ['of too little scope', tokenFor('user-b', 'read'), 403, /error="insufficient_scope".*scope="admin"/],
  ])('refuses one that is %s, with the challenge (§3.1)', async (_, token, status, challenge) => {
    const response = await ask('/items/passed', tokenFor('user-a', 'read'), { headers: { 'x-token': token } });
    expect(response.status).toBe(status);
    expect(challengeOf(response)).toMatch(challenge);
  });

  it('refuses one that is bound to another audience, as a guard does (RFC 9068 §4)', async () => {
    const token = tokenFor('user-b', 'admin', 'aud:https://else.example');
    const response = await ask('/items/passed', tokenFor('user-a', 'read'), { headers: { 'x-token': token } });
    expect(response.status).toBe(401);
  });
});

describe('two applications in one process', () => {
  it('verify each with its own verifier and realm, in whatever order they were started', async () => {
    const two = await start('two', { realm: 'two' });
    const [a, b] = await Promise.all([
      ask('/items', tokenFor('user-a', 'read')),
      ask('/items', tokenFor('user-b', 'read'), {}, two),
    ]);
    expect(await a.json()).toMatchObject({ subject: 'user-a', client: 'client-of-one' });
    expect(await b.json()).toMatchObject({ subject: 'user-b', client: 'client-of-two' });
    expect(challengeOf(await ask('/items'))).toBe('Bearer realm="api"');
    expect(challengeOf(await ask('/items', undefined, {}, two))).toBe('Bearer realm="two"');
  });

  it('go on when the other one stops', async () => {
    const two = await start('two');
    await closeApplication(two.app);
    expect((await ask('/items', tokenFor('user-a', 'read'))).status).toBe(200);
  });
});
