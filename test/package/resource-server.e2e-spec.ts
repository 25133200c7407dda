// The packed package in an empty folder, with nothing but what an application has that guards its controllers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIENCE, startIssuer, type TestIssuer } from '../support/issuer.js';
import { install, INSTALL_TIMEOUT, pack, run, SERVER_ONLY, start } from './installed.js';

/** As somebody writes it who has no compiler: decorators are functions. */
const APPLICATION = `
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

let made: { folder: string; packed: string };
let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
  made = await pack();
}, INSTALL_TIMEOUT);

describe.each([
  ['express', '@nestjs/platform-express', ['fastify', '@nestjs/platform-fastify']],
  ['fastify', '@nestjs/platform-fastify', ['express', '@nestjs/platform-express']],
])('on %s', (adapter, platform, others) => {
  let application: string;
  let url: string;

  beforeAll(async () => {
    application = await install(made, adapter, { main: APPLICATION, packages: [platform] });
    url = await start(application, { ISSUER: issuer.issuer, AUDIENCE, ADAPTER: adapter });
  }, INSTALL_TIMEOUT);

  it('installs nothing that only the server needs', () => {
    const installed = [...SERVER_ONLY, ...others].filter((name) => existsSync(join(application, 'node_modules', name)));
    expect(installed).toEqual([]);
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
});
