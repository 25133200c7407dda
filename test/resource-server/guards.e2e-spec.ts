// What guards ask for in an application of somebody else's, on Fastify and on Express: beside the scope, for all of its
// handlers, of its users; and what it answers in its own words.
// @see RFC 6750 §3, RFC 9068 §4 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { request as httpRequest } from 'node:http';
import { Controller, Get, Post, Req, Sse } from '@nestjs/common';
import { from, type Observable } from 'rxjs';
import {
  type AccessToken,
  BearerError,
  type BearerRequest,
  CurrentToken,
  currentToken,
  CurrentUser,
  Public,
  ResourceProtector,
  ResourceServer,
  type ResourceServerOptions,
  UserSource,
} from 'nest-authorization-server/resource-server';
import { ADAPTERS } from './guarded-app.js';
import { challengeOf, type Host, ISSUER, startHost, tokenWith } from './host.js';

@UserSource(ISSUER)
class People implements UserSource {
  readonly asked: string[] = [];

  async find({ userId = '' }: AccessToken): Promise<object | undefined> {
    await Promise.resolve();
    this.asked.push(userId);
    if (userId === 'nobody') return undefined;
    return userId === 'chief' ? { id: userId, roles: ['admin', 'editor'] } : { id: userId, name: 'Some Body' };
  }
}

@Controller('guarded')
@ResourceProtector('read', { audience: ['https://a.test', 'https://b.test'] })
class GuardedController {
  @Get()
  read(): string {
    return 'read';
  }

  @Get('written')
  @ResourceProtector('write')
  write(): string {
    return 'written';
  }

  @Get('any-scope')
  @ResourceProtector([])
  anyScope(): string {
    return 'any';
  }

  @Get('elsewhere')
  @ResourceProtector(undefined, { audience: 'https://c.test' })
  elsewhere(): string {
    return 'elsewhere';
  }

  @Get('optional')
  @ResourceProtector(undefined, { optional: true })
  optional(@CurrentToken() token?: AccessToken): object {
    return { subject: token?.subject ?? null };
  }

  @Get('open')
  @Public()
  open(): object {
    return { token: currentToken() ?? null };
  }
}

@Controller('lenient')
@ResourceProtector(undefined, { optional: true })
class LenientController {
  @Get()
  read(): string {
    return 'read';
  }

  @Get('secret')
  @ResourceProtector('secret')
  secret(): string {
    return 'secret';
  }
}

@Controller('members')
class MembersController {
  readonly users: unknown[] = [];

  @Get('roles')
  @ResourceProtector(undefined, { roles: ['admin editor', 'root'] })
  roles(): string {
    return 'roles';
  }

  @Get('groups')
  @ResourceProtector(undefined, { groups: 'staff' })
  groups(): string {
    return 'groups';
  }

  @Get('entitlements')
  @ResourceProtector(undefined, { entitlements: ['printing', 'everything'] })
  entitlements(): string {
    return 'entitlements';
  }

  @Get('user')
  @ResourceProtector(undefined, { roles: 'admin', optional: true })
  user(@CurrentUser() user: unknown, @CurrentUser() again: unknown): object {
    return { user: user ?? null, same: user === again };
  }

  @Get('whoever')
  @ResourceProtector()
  whoever(@CurrentUser() user: unknown): object {
    return { user: user ?? null };
  }
}

@Controller()
class PlainController {
  constructor(private readonly resourceServer: ResourceServer) {}

  @Get('plain')
  plain(): object {
    return { subject: currentToken()?.subject ?? null };
  }

  @Get('public')
  @Public()
  open(): object {
    return { subject: currentToken()?.subject ?? null };
  }

  @Get('own-scope')
  @ResourceProtector('special')
  ownScope(): string {
    return 'special';
  }

  @Post('posted')
  async post(@Req() request: BearerRequest): Promise<object> {
    return { subject: (await this.resourceServer.acquireFrom(request)).subject };
  }

  @Sse('events')
  events(): Observable<object> {
    return from(Promise.resolve({ data: { subject: currentToken()?.subject } }));
  }
}

const controllers = [GuardedController, LenientController, MembersController, PlainController];
const audience = { aud: 'https://a.test' };

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: Host;
  let people: People;
  beforeAll(async () => {
    host = await startHost({ adapter, controllers, providers: [People] });
    people = host.app.get(People);
  });
  const status = async (path: string, claims?: object, of = host): Promise<number> =>
    (await of.ask(path, claims && tokenWith({ ...claims }))).status;

  describe('a handler', () => {
    it('has from its controller what it does not name itself', async () => {
      expect(await status('/guarded/written', { scope: 'write', ...audience })).toBe(200);
      expect(await status('/guarded/written', { scope: 'write' })).toBe(401);
      expect(await status('/guarded/elsewhere', { scope: 'read', aud: 'https://c.test' })).toBe(200);
      expect(await status('/guarded/elsewhere', { scope: 'write', aud: 'https://c.test' })).toBe(403);
    });

    it('goes before its controller in what it names, be it that nothing is asked', async () => {
      expect(await status('/guarded/written', { scope: 'read', ...audience })).toBe(403);
      expect(await status('/guarded/elsewhere', { scope: 'read', ...audience })).toBe(401);
      expect(await status('/guarded/any-scope', { ...audience })).toBe(200);
    });

    it('is open with @Public, and looks at no token', async () => {
      const response = await host.ask('/guarded/open', 'nonsense');
      expect([response.status, await response.json()]).toEqual([200, { token: null }]);
    });

    it('that is optional asks the same of a token that is there', async () => {
      expect(await (await host.ask('/guarded/optional')).json()).toEqual({ subject: null });
      expect(await status('/guarded/optional', { scope: 'read' })).toBe(401);
      expect(await status('/guarded/optional', { scope: 'write', ...audience })).toBe(403);
      expect(await status('/guarded/optional', { scope: 'read', ...audience })).toBe(200);
    });

    it('that is decorated needs a token, also where its controller or the application is optional', async () => {
      expect([await status('/lenient'), await status('/lenient/secret')]).toEqual([200, 401]);
      const lenient = await startHost({ adapter, controllers, options: { global: { optional: true } } });
      expect([await status('/plain', undefined, lenient), await status('/own-scope', undefined, lenient)]).toEqual([
        200, 401,
      ]);
    });
  });

  describe('an audience', () => {
    it.each<[string, unknown, number]>([
      ['the first of those that are asked', 'https://a.test', 200],
      ['another one of them, among others', ['https://x.test', 'https://b.test'], 200],
      ['none of them', 'https://x.test', 401],
      ['a part of one', 'https://a.test/more', 401],
      ['none at all', undefined, 401],
    ])('that a token is bound to: %s (RFC 9068 §4)', async (_, aud, expected) => {
      const response = await host.ask('/guarded', tokenWith({ scope: 'read', aud }));
      expect(response.status).toBe(expected);
      if (expected === 401) expect(challengeOf(response)).toContain('error="invalid_token"');
    });
  });

  describe('roles, groups and entitlements', () => {
    it.each<[string, string, object, number]>([
      ['all roles of one alternative', 'roles', { sub: 'x', client_id: 'x', roles: ['editor', 'x', 'admin'] }, 200],
      ['the other alternative', 'roles', { sub: 'x', client_id: 'x', roles: ['root'] }, 200],
      ['half of an alternative', 'roles', { sub: 'x', client_id: 'x', roles: ['admin'] }, 403],
      ['no role', 'roles', { sub: 'x', client_id: 'x' }, 403],
      ['roles of the user who has been looked up', 'roles', { sub: 'chief' }, 200],
      ['roles that the user has no more, though the token says so', 'roles', { sub: 'nobody', roles: ['root'] }, 403],
      ['a group of the token, where the user source knows of none', 'groups', { groups: ['staff'] }, 200],
      ['another group', 'groups', { groups: ['guests'] }, 403],
      ['groups that are no list of texts', 'groups', { groups: { staff: true } }, 403],
      ['an entitlement', 'entitlements', { entitlements: ['everything'] }, 200],
      ['no entitlement', 'entitlements', {}, 403],
    ])('are asked as scopes are: %s', async (_, path, claims, expected) => {
      expect(await status(`/members/${path}`, claims)).toBe(expected);
    });

    it('that are missing are insufficient_scope: another token would not have them (RFC 6750 §3.1)', async () => {
      const response = await host.ask('/members/groups', tokenWith());
      expect(response.status).toBe(403);
      expect(challengeOf(response)).toMatch(
        /^Bearer realm="api", error="insufficient_scope", error_description="[^"]+"$/,
      );
    });
  });

  describe('the user', () => {
    it('is looked up once a request, and only where somebody asks', async () => {
      people.asked.length = 0;
      expect(await status('/guarded', { scope: 'read', ...audience })).toBe(200);
      expect(people.asked).toEqual([]);
      const response = await host.ask('/members/user', tokenWith({ sub: 'chief' }));
      expect(await response.json()).toEqual({ user: { id: 'chief', roles: ['admin', 'editor'] }, same: true });
      expect(people.asked).toEqual(['chief']);
    });

    it('is nobody without a token, and where a client acts for itself', async () => {
      expect(await (await host.ask('/members/user')).json()).toEqual({ user: null, same: true });
      const machine = tokenWith({ sub: 'machine', client_id: 'machine' });
      expect(await (await host.ask('/members/whoever', machine)).json()).toEqual({ user: null });
    });

    it('is id and claims of the token where nobody knows the users of its issuer', async () => {
      const other = await startHost({ adapter, controllers: [MembersController] });
      const response = await other.ask('/members/whoever', tokenWith({ id: 'of the claims', email: 'a@b.test' }));
      expect(await response.json()).toEqual({
        user: expect.objectContaining({ id: 'user-1', sub: 'user-1', email: 'a@b.test', iss: ISSUER }),
      });
    });
  });

  describe('an SSE handler', () => {
    it('has its token in the stream, and none without', async () => {
      const guarded = await startHost({ adapter, controllers, options: { global: true } });
      const response = await guarded.ask('/events', tokenWith());
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(await response.text()).toContain('{"subject":"user-1"}');
      const refused = await guarded.ask('/events');
      expect([refused.status, challengeOf(refused)]).toEqual([401, 'Bearer realm="api"']);
    });
  });

  describe('the option global', () => {
    it('guards every handler, but those that are public', async () => {
      const guarded = await startHost({ adapter, controllers, options: { global: true } });
      const refused = await guarded.ask('/plain');
      expect([refused.status, challengeOf(refused)]).toEqual([401, 'Bearer realm="api"']);
      expect(await (await guarded.ask('/plain', tokenWith())).json()).toEqual({ subject: 'user-1' });
      expect(await (await guarded.ask('/public')).json()).toEqual({ subject: null });
      expect(await status('/guarded/open', undefined, guarded)).toBe(200);
    });

    it('says what all ask for, unless they say otherwise', async () => {
      const guarded = await startHost({ adapter, controllers, options: { global: { scopes: 'basic', maxAge: 60 } } });
      const auth_time = Math.floor(Date.now() / 1000);
      expect(await status('/plain', { scope: 'basic', auth_time }, guarded)).toBe(200);
      expect(await status('/plain', { scope: 'special', auth_time }, guarded)).toBe(403);
      expect(await status('/plain', { scope: 'basic' }, guarded)).toBe(401);
      expect(await status('/own-scope', { scope: 'special', auth_time }, guarded)).toBe(200);
      expect(await status('/own-scope', { scope: 'special' }, guarded)).toBe(401);
    });

    it('leaves handlers without a decorator open when it is not set', async () => {
      expect(await (await host.ask('/plain', 'nonsense')).json()).toEqual({ subject: null });
    });
  });

  describe('the option errorResponse', () => {
    it('gives body and headers; status and challenge stay (RFC 6750 §3)', async () => {
      const own = await startHost({
        adapter,
        controllers,
        options: {
          errorResponse: async (error) => {
            await Promise.resolve();
            return {
              body: { problem: error.error ?? 'no token' },
              headers: { 'x-problem': 'yes', 'www-authenticate': 'None', 'cache-control': 'public' },
            };
          },
        },
      });
      const missing = await own.ask('/guarded');
      expect([missing.status, await missing.json()]).toEqual([401, { problem: 'no token' }]);
      const short = await own.ask('/guarded', tokenWith(audience));
      expect([short.status, await short.json()]).toEqual([403, { problem: 'insufficient_scope' }]);
      expect(short.headers.get('x-problem')).toBe('yes');
      expect(challengeOf(short)).toMatch(/^Bearer realm="api", error="insufficient_scope".*, scope="read"$/);
      expect(short.headers.get('cache-control')).toBe('no-store');
    });

    it('may be a page', async () => {
      const body = '<h1>No</h1>';
      const headers = { 'content-type': 'text/html; charset=utf-8' };
      const own = await startHost({ adapter, controllers, options: { errorResponse: () => ({ body, headers }) } });
      const response = await own.ask('/guarded');
      expect([response.status, await response.text()]).toEqual([401, body]);
      expect(response.headers.get('content-type')).toBe(headers['content-type']);
    });

    it.each<[string, NonNullable<ResourceServerOptions['errorResponse']>]>([
      [
        'that fails',
        () => {
          throw new Error('The page is broken.');
        },
      ],
      ['with a header that cannot be sent', () => ({ headers: { 'x-page': 'of\nsomebody else' } })],
      ['with a body that cannot be sent', () => ({ body: { size: 1n } })],
    ])('%s refuses all the same, as without it', async (_, errorResponse) => {
      const own = await startHost({ adapter, controllers, options: { errorResponse } });
      const response = await own.ask('/guarded', 'nonsense');
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: 'invalid_token', error_description: expect.any(String) },
      ]);
    });
  });

  describe('a token', () => {
    it('is taken from another place where tokenExtractor finds it there, and from the usual one else', async () => {
      const own = await startHost({
        adapter,
        controllers,
        options: {
          tokenExtractor: (context) =>
            context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-authorization'],
        },
      });
      const init = { headers: { 'x-authorization': `Bearer ${tokenWith({ scope: 'read', ...audience })}` } };
      expect((await own.ask('/guarded', 'nonsense', init)).status).toBe(200);
      expect(await status('/guarded', { scope: 'read', ...audience }, own)).toBe(200);
    });

    it('is not in two Authorization headers (RFC 6750 §2, §3.1)', async () => {
      const token = tokenWith({ scope: 'read', ...audience });
      const rawHeaders = ['Host', 'localhost', 'Authorization', `Bearer ${token}`, 'authorization', 'Bearer other'];
      const answer = await new Promise<{ status?: number; challenge?: string }>((resolve, reject) => {
        const request = httpRequest(`${host.url}/guarded`, { headers: rawHeaders }, (response) => {
          response.resume();
          resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] });
        });
        request.on('error', reject).end();
      });
      expect(answer.status).toBe(400);
      expect(answer.challenge).toContain('error="invalid_request"');
    });

    it('is found by acquireFrom once more when a guard has seen it, and verified where none has', async () => {
      const guarded = await startHost({ adapter, controllers, options: { global: true } });
      for (const one of [host, guarded])
        expect(await (await one.ask('/posted', tokenWith(), { method: 'POST' })).json()).toEqual({ subject: 'user-1' });
      expect((await host.ask('/posted', 'nonsense', { method: 'POST' })).status).toBe(401);
    });

    it.each<[string, string | undefined, string, number, RegExp]>([
      ['under the scheme in lower case', 'bearer TOKEN', '', 200, /^$/],
      ['twice in a header', 'Bearer TOKEN TOKEN', '', 400, /error="invalid_request"/],
      ['with a comma', 'Bearer TOKEN,TOKEN', '', 400, /error="invalid_request"/],
      ['in the query as well', 'Bearer TOKEN', '?access_token=x', 400, /error="invalid_request"/],
      ['in the query, as a list', undefined, '?access_token[]=x&access_token=y', 400, /error="invalid_request"/],
      ['in the query, empty', 'Bearer TOKEN', '?a=b&access_token', 400, /error="invalid_request"/],
      ['under another scheme', 'Basic TOKEN', '', 401, /^Bearer realm="api"$/],
    ])('sent %s (RFC 6750 §2)', async (_, authorization, query, expected, challenge) => {
      const headers = new Headers();
      if (authorization !== undefined)
        headers.set('authorization', authorization.replaceAll('TOKEN', tokenWith({ scope: 'read', ...audience })));
      const response = await fetch(`${host.url}/guarded${query}`, { headers });
      expect(response.status).toBe(expected);
      expect(challengeOf(response) ?? '').toMatch(challenge);
    });
  });
});

describe('a mistake in the decorators', () => {
  it('is found when the class is defined: two of them on the same', () => {
    expect(() => {
      @ResourceProtector('a')
      @ResourceProtector('b')
      class Twice {}
      return Twice;
    }).toThrow(/Twice: @ResourceProtector and @Public stand once/);
    expect(() => {
      class Both {
        @Public()
        @ResourceProtector('b')
        read(): void {
          return undefined;
        }
      }
      return Both;
    }).toThrow(/Both\.read: /);
  });
});

describe('the option callChain', () => {
  it('that is off leaves the token to the handler, and says so to whoever asks elsewhere', async () => {
    const host = await startHost({ controllers, options: { global: true, callChain: false } });
    expect(await (await host.ask('/plain', tokenWith())).json()).toEqual({ subject: null });
    const optional = await host.ask('/guarded/optional', tokenWith({ scope: 'read', ...audience }));
    expect(await optional.json()).toEqual({ subject: 'user-1' });
    expect(() => host.app.get(ResourceServer).acquire()).toThrow(/callChain/);
  });
});

it('a refusal that is thrown tells what GraphQL servers put beside it', () => {
  const error = new BearerError(403, { error: 'insufficient_scope' }, 'Bearer realm="api"');
  expect(error.extensions).toEqual({
    code: 'FORBIDDEN',
    statusCode: 403,
    error: 'insufficient_scope',
    challenge: 'Bearer realm="api"',
  });
});
