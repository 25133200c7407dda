// The packed package in an empty folder, with nothing but what an application has that guards its controllers; then, with
// openid-client, one that signs in elsewhere.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { AUDIENCE, startIssuer, type TestIssuer } from '../support/issuer.js';
import { freePort } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';
import { Visitor } from '../support/visitor.js';
import { add, install, INSTALL_TIMEOUT, pack, run, SERVER_ONLY, start } from './installed.js';

/** As somebody writes it who has no compiler: decorators are functions. */
const GUARDED = `
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { currentToken, ResourceProtector, ResourceServerModule } from 'nest-authorization-server/resource-server';

class NotesController {
  list() {
    return { reader: currentToken().subject };
  }
}
const list = Object.getOwnPropertyDescriptor(NotesController.prototype, 'list');
Get()(NotesController.prototype, 'list', list);
ResourceProtector('read')(NotesController.prototype, 'list', list);
Controller('notes')(NotesController);

class AppModule {}
const { ISSUER: issuer, AUDIENCE: audience } = process.env;
Module({ imports: [ResourceServerModule.forRoot({ issuer, audience })], controllers: [NotesController] })(AppModule);

const adapter = process.env.ADAPTER === 'fastify' && new (await import('@nestjs/platform-fastify')).FastifyAdapter();
const app = await NestFactory.create(AppModule, ...(adapter ? [adapter] : []), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
`;

const SIGNING_IN = `
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OAuthClientModule, RemoteUser, SignInWith } from 'nest-authorization-server/relying-party';

class SignInController {
  signedIn(user) {
    return { sub: user.sub };
  }
}
const method = Object.getOwnPropertyDescriptor(SignInController.prototype, 'signedIn');
SignInWith('corp')(SignInController.prototype, 'signedIn', method);
RemoteUser()(SignInController.prototype, 'signedIn', 0);
Controller('sign-in')(SignInController);

class AppModule {}
const { PORT, SECRET } = process.env;
Module({
  imports: [OAuthClientModule.forRoot({ providers: { corp: true }, secretKeys: [SECRET] })],
  controllers: [SignInController],
})(AppModule);

const adapter = process.env.ADAPTER === 'fastify' && new (await import('@nestjs/platform-fastify')).FastifyAdapter();
const app = await NestFactory.create(AppModule, ...(adapter ? [adapter] : []), { logger: ['error'] });
await app.listen(PORT, '127.0.0.1');
console.log('http://127.0.0.1:' + PORT);
`;

let made: { folder: string; packed: string };
let issuer: TestIssuer;
let provider: HostileProvider;

beforeAll(async () => {
  issuer = await startIssuer();
  provider = await startHostileProvider();
  made = await pack();
}, INSTALL_TIMEOUT);

describe.each([
  ['express', '@nestjs/platform-express', ['fastify', '@nestjs/platform-fastify']],
  ['fastify', '@nestjs/platform-fastify', ['express', '@nestjs/platform-express']],
])('on %s', (adapter, platform, others) => {
  let application: string;
  let url: string;
  const unneeded = (): string[] =>
    [...SERVER_ONLY, ...others].filter((name) => existsSync(join(application, 'node_modules', name)));

  beforeAll(async () => {
    const programs = { 'guarded.js': GUARDED, 'signing-in.js': SIGNING_IN };
    application = await install(made, adapter, { programs, packages: [platform] });
    url = await start(application, 'guarded.js', { ISSUER: issuer.issuer, AUDIENCE, ADAPTER: adapter });
  }, INSTALL_TIMEOUT);

  it('installs nothing that only the server needs', () => {
    expect(unneeded()).toEqual([]);
    expect(existsSync(join(application, 'node_modules', 'openid-client'))).toBe(false);
    expect(existsSync(join(application, 'node_modules', platform))).toBe(true);
  });

  it('guards a controller', async () => {
    const ask = (token?: string): Promise<Response> =>
      fetch(`${url}/notes`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
    const response = await ask(await issuer.sign());
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ reader: 'alice' });
    expect((await ask()).status).toBe(401);
    expect((await ask(await issuer.sign({ scope: 'write' }))).status).toBe(403);
    const refused = await ask(await issuer.sign({ aud: 'https://else.example' }));
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('signs tokens for tests, and says what to install for a test server', async () => {
    const program = `
      import { createTestServer, signTestToken } from 'nest-authorization-server/testing';
      console.log(signTestToken({ scope: 'read' }).split('.').length);
      await createTestServer().catch(({ message }) => console.log(message));`;
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await run(process.execPath, args, { cwd: application });
    expect(stdout).toMatch(/^3\ncreateTestServer needs packages of the server: npm install .*'typeorm@\^1\.0\.0'/);
    expect(stdout).not.toContain(`${platform}@`);
  });

  it('has a command line that says what to install for it', async () => {
    const program = join(application, 'node_modules', '.bin', 'nest-authorization-server');
    const failed = (await run(program, ['--help']).catch((error: unknown) => error)) as {
      code: number;
      stderr: string;
    };
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/npm install .*'commander@\^14\.0\.0'.*'typeorm@\^1\.0\.0'/);
    expect(failed.stderr).not.toContain(`${platform}@`);
  });

  describe('with openid-client', () => {
    beforeAll(() => add(application, ['openid-client']), INSTALL_TIMEOUT);

    it('installs nothing that only the server needs', () => {
      expect(unneeded()).toEqual([]);
      expect(existsSync(join(application, 'node_modules', 'openid-client'))).toBe(true);
    });

    it('signs somebody in at the provider that the environment names', async () => {
      const signingIn = await start(application, 'signing-in.js', {
        ADAPTER: adapter,
        PORT: String(await freePort()),
        SECRET: SECRET_KEYS,
        CORP_CLIENT_ID: 'an-application',
        CORP_CLIENT_SECRET: 'a-secret',
        CORP_SERVER_METADATA_URL: provider.issuer,
        CORP_SCOPE: 'openid',
      });
      const page = await new Visitor().open(`${signingIn}/sign-in/corp`);
      expect(page.text).toBe('{"sub":"alice"}');
    });
  });
});
