// The packed package in an empty folder, with nothing but what an application has that signs in elsewhere.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { freePort } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';
import { Visitor } from '../support/visitor.js';
import { install, INSTALL_TIMEOUT, pack, SERVER_ONLY, start } from './installed.js';

/** As somebody writes it who has no compiler: decorators are functions. */
const APPLICATION = `
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
let provider: HostileProvider;

beforeAll(async () => {
  provider = await startHostileProvider();
  made = await pack();
}, INSTALL_TIMEOUT);

describe.each([
  ['express', '@nestjs/platform-express', ['fastify', '@nestjs/platform-fastify']],
  ['fastify', '@nestjs/platform-fastify', ['express', '@nestjs/platform-express']],
])('on %s', (adapter, platform, others) => {
  let application: string;

  beforeAll(async () => {
    application = await install(made, adapter, { main: APPLICATION, packages: [platform, 'openid-client'] });
  }, INSTALL_TIMEOUT);

  it('installs nothing that only the server needs', () => {
    const installed = [...SERVER_ONLY, ...others].filter((name) => existsSync(join(application, 'node_modules', name)));
    expect(installed).toEqual([]);
    expect(existsSync(join(application, 'node_modules', 'openid-client'))).toBe(true);
  });

  it('signs somebody in at the provider that the environment names', async () => {
    const url = await start(application, {
      ADAPTER: adapter,
      PORT: String(await freePort()),
      SECRET: SECRET_KEYS,
      CORP_CLIENT_ID: 'an-application',
      CORP_CLIENT_SECRET: 'a-secret',
      CORP_SERVER_METADATA_URL: provider.issuer,
      CORP_SCOPE: 'openid',
    });
    const page = await new Visitor().open(`${url}/sign-in/corp`);
    expect(page.text).toBe('{"sub":"alice"}');
  });
});
