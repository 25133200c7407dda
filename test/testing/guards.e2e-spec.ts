// Tests of a host application whose guards are the real ones: tokens of signTestToken, with a real signature.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  type AccessToken,
  CurrentToken,
  ResourceProtector,
  ResourceServerModule,
} from 'nest-authorization-server/resource-server';
import {
  ResourceServerTestingModule,
  signTestToken,
  TEST_ISSUER,
  testJwks,
  type TestTokenOptions,
} from 'nest-authorization-server/testing';
import { closeApplication, onClose } from '../support/cleanup.js';
import { ROOT } from '../support/state.js';
import { startIssuer, type TestIssuer } from '../support/issuer.js';

const AUDIENCE = 'https://notes.example';

@Controller('notes')
@ResourceProtector('notes:read')
class NotesController {
  @Get()
  list(@CurrentToken() { token: _, issuedAt: __, expiresAt: ___, claims: ____, ...token }: AccessToken): object {
    return token;
  }

  @Get('admin')
  @ResourceProtector('notes:read', { roles: ['admin'] })
  admin(): string {
    return 'for administrators';
  }

  @Get('recent')
  @ResourceProtector('notes:read', { acr: 'urn:strong', maxAge: 60 })
  recent(): string {
    return 'for who signed in a moment ago';
  }

  @Get('bound')
  @ResourceProtector('notes:read', { audience: AUDIENCE })
  bound(): string {
    return 'for tokens that are bound to it';
  }
}

async function listen(app: INestApplication): Promise<string> {
  onClose(() => closeApplication(app));
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

const ask = (url: string, token?: string): Promise<Response> =>
  fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

describe('ResourceServerTestingModule', () => {
  let url: string;
  const get = (path: string, options?: TestTokenOptions): Promise<Response> =>
    ask(url + path, options && signTestToken(options));

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [ResourceServerTestingModule.forRoot({ audience: AUDIENCE })],
      controllers: [NotesController],
    }).compile();
    url = await listen(module.createNestApplication(new FastifyAdapter(), { logger: false }));
  });

  it('admits a token with the scope', async () => {
    const response = await get('/notes', { scope: 'notes:read notes:write' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      issuer: TEST_ISSUER,
      subject: 'test-user',
      userId: 'test-user',
      clientId: 'test-client',
      scope: ['notes:read', 'notes:write'],
      audience: [],
      jti: expect.any(String) as string,
      roles: [],
      groups: [],
      entitlements: [],
    });
  });

  it('hands on what the test says', async () => {
    const options = { sub: 'alice', clientId: 'app', audience: AUDIENCE, roles: ['admin'], groups: ['staff'] };
    const response = await get('/notes', { scope: ['notes:read'], ...options, acr: 'urn:a', entitlements: ['e'] });
    expect(await response.json()).toMatchObject({
      userId: 'alice',
      clientId: 'app',
      audience: [AUDIENCE],
      roles: ['admin'],
      groups: ['staff'],
      entitlements: ['e'],
      acr: 'urn:a',
    });
  });

  it('knows a client that acts for itself', async () => {
    const response = await get('/notes', { scope: 'notes:read', sub: null, clientId: 'machine' });
    const token = (await response.json()) as object;
    expect(token).toMatchObject({ subject: 'machine', clientId: 'machine' });
    expect(token).not.toHaveProperty('userId');
  });

  it('asks for a token where there is none', async () => {
    const response = await get('/notes');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  });

  it('names the scope that is missing', async () => {
    const response = await get('/notes', { scope: 'notes:write' });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  it.each([
    ['that has expired', { expiresIn: -1 }],
    ['that expires now', { expiresIn: 0 }],
    ['for another audience', { audience: 'https://else.example' }],
    ['of another issuer', { issuer: 'https://else.example' }],
    ['that is bound to a key', { claims: { cnf: { jkt: 'thumbprint' } } }],
    ['without jti', { claims: { jti: undefined } }],
  ])('refuses a token %s', async (_title, options) => {
    const response = await get('/notes', { scope: 'notes:read', ...options });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('refuses a token that was changed after it was signed', async () => {
    const [header, , signature] = signTestToken({ scope: 'notes:read' }).split('.');
    const [, payload] = signTestToken({ scope: 'notes:read', sub: 'mallory' }).split('.');
    expect((await ask(`${url}/notes`, [header, payload, signature].join('.'))).status).toBe(401);
  });

  it('checks roles', async () => {
    expect((await get('/notes/admin', { scope: 'notes:read', roles: ['admin'] })).status).toBe(200);
    expect((await get('/notes/admin', { scope: 'notes:read', roles: ['reader'] })).status).toBe(403);
  });

  it('checks how and when the user signed in', async () => {
    const signedIn = { scope: 'notes:read', acr: 'urn:strong' };
    expect((await get('/notes/recent', { ...signedIn, authTime: new Date() })).status).toBe(200);
    const long = await get('/notes/recent', { ...signedIn, authTime: new Date(Date.now() - 120_000) });
    expect(long.status).toBe(401);
    expect(long.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"');
  });

  it('asks for a bound token where the guard names an audience', async () => {
    expect((await get('/notes/bound', { scope: 'notes:read', audience: AUDIENCE })).status).toBe(200);
    expect((await get('/notes/bound', { scope: 'notes:read' })).status).toBe(401);
  });
});

describe('the tests of a whole application', () => {
  let issuer: TestIssuer;
  const guards = (): ReturnType<typeof ResourceServerModule.forRoot> =>
    ResourceServerModule.forRoot({ issuer: issuer.issuer, audience: AUDIENCE });

  beforeAll(async () => {
    issuer = await startIssuer();
  });

  it('have its guards take test tokens, in the name of its own issuer too, without asking it', async () => {
    @Module({ imports: [guards()], controllers: [NotesController] })
    class AppModule {}
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await ResourceServerTestingModule.override(builder).compile();
    const url = await listen(module.createNestApplication(new FastifyAdapter(), { logger: false }));
    for (const options of [{}, { issuer: issuer.issuer }, { issuer: issuer.issuer, audience: AUDIENCE }]) {
      expect((await ask(`${url}/notes`, signTestToken({ scope: 'notes:read', ...options }))).status).toBe(200);
    }
    const other = signTestToken({ scope: 'notes:read', audience: 'https://else.example' });
    expect((await ask(`${url}/notes`, other)).status).toBe(401);
    expect(issuer.requests).toEqual([]);
  });

  it('may override the imported module itself', async () => {
    const original = guards();
    @Module({ imports: [original], controllers: [NotesController] })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(original as never)
      .useModule(ResourceServerTestingModule.forRoot({ audience: AUDIENCE }) as never)
      .compile();
    const url = await listen(module.createNestApplication(new FastifyAdapter(), { logger: false }));
    expect((await ask(`${url}/notes`, signTestToken({ scope: 'notes:read' }))).status).toBe(200);
    expect((await ask(`${url}/notes`, signTestToken())).status).toBe(403);
  });

  it('do not change what the application itself accepts', async () => {
    const options = { issuer: TEST_ISSUER, audience: AUDIENCE };
    const module = await Test.createTestingModule({
      imports: [ResourceServerModule.forRoot({ ...options, jwt: { jwks: testJwks() } })],
      controllers: [NotesController],
    }).compile();
    const url = await listen(module.createNestApplication(new FastifyAdapter(), { logger: false }));
    expect((await ask(`${url}/notes`, signTestToken({ scope: 'notes:read', audience: AUDIENCE }))).status).toBe(200);
    expect((await ask(`${url}/notes`, signTestToken({ scope: 'notes:read' }))).status).toBe(401);
  });
});

it('loads neither a database nor an HTTP server', async () => {
  const loaded = async (subpath: string): Promise<string[]> => {
    const program = `
      import { createRequire } from 'node:module';
      await import('nest-authorization-server${subpath}');
      const files = Object.keys(createRequire(import.meta.url).cache);
      const names = files.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
      console.log(JSON.stringify([...new Set(names)]));`;
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const heavy = ['typeorm', 'pg', 'fastify'];
    return (JSON.parse(stdout) as string[]).filter((name) => heavy.includes(name)).sort();
  };
  expect(await loaded('')).toEqual(['fastify', 'pg', 'typeorm']);
  expect(await loaded('/testing')).toEqual([]);
});
