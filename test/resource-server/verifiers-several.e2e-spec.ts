// Several issuers and plug-ins at once: each token goes to one verifier, and options that cannot be stop the start.
import { closeApplication } from '../support/cleanup.js';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { clientCredentials } from '../support/flow.js';
import { AUDIENCE, newKey, startIssuer } from '../support/issuer.js';
import { sharedServer } from '../support/server.js';
import {
  accessTokenOf,
  ResourceServerModule,
  TokenVerificationUnavailableError,
  TokenVerifier,
} from 'nest-authorization-server/resource-server';
import { NestFactory } from '@nestjs/core';
import { Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { startGuardedApp } from './guarded-app.js';

/** Takes tokens that begin with its prefix, and remembers what it was asked. */
function verifierOf(issuer: string, { opaque, replaces }: { opaque?: boolean; replaces?: boolean } = {}) {
  @TokenVerifier(issuer, { replaces })
  class PluggedVerifier implements TokenVerifier {
    readonly opaque = opaque;
    readonly seen: string[] = [];

    verify(token: string) {
      this.seen.push(token);
      if (token === 'away') throw new TokenVerificationUnavailableError('Nobody is there.');
      const claims = { iss: issuer, sub: 'somebody', client_id: 'web', exp: 4_000_000_000 };
      return Promise.resolve(
        token.includes('good') || token.startsWith('eyJ') ? accessTokenOf(token, claims) : undefined,
      );
    }
  }
  return PluggedVerifier;
}

describe('two issuers', () => {
  it('are told apart by the iss that a JWT names, this server among them', async () => {
    const server = sharedServer();
    const other = await startIssuer();
    const { ask } = await startGuardedApp({
      audience: [AUDIENCE, RESOURCES.jwt.identifier],
      issuers: [{ issuer: server.issuer }, { issuer: other.issuer }],
    });
    const resource = RESOURCES.jwt.identifier;
    const { access_token } = await clientCredentials(server, CLIENTS.machine, { scope: 'read', resource });
    expect(await (await ask(access_token)).json()).toMatchObject({ issuer: server.issuer });
    expect(await (await ask(await other.sign())).json()).toMatchObject({ issuer: other.issuer });
  });

  it('do not sign for each other', async () => {
    const [one, other] = [await startIssuer(), await startIssuer()];
    const { ask } = await startGuardedApp({
      audience: AUDIENCE,
      issuers: [{ issuer: one.issuer }, { issuer: other.issuer }],
    });
    expect((await ask(await one.sign({ iss: other.issuer }))).status).toBe(401);
    expect((await ask(await one.sign({ iss: other.issuer }, { key: other.keys[0] }))).status).toBe(200);
  });

  it('go on without each other', async () => {
    const [one, other] = [await startIssuer(), await startIssuer()];
    const { ask } = await startGuardedApp({
      audience: AUDIENCE,
      issuers: [{ issuer: one.issuer }, { issuer: other.issuer }],
    });
    await other.away();
    expect((await ask(await one.sign())).status).toBe(200);
    expect((await ask(await other.sign())).status).toBe(503);
  });

  it('and a token of neither is refused, without a request to anybody', async () => {
    const [one, other] = [await startIssuer(), await startIssuer()];
    const introspection = { clientId: 'api', clientSecret: 'secret' };
    const { ask } = await startGuardedApp({
      audience: AUDIENCE,
      issuers: [{ issuer: one.issuer }, { issuer: other.issuer, introspection }],
    });
    expect((await ask(await one.sign({ iss: 'https://third.example' }, { key: await newKey('x') }))).status).toBe(401);
    expect([...one.requests, ...other.requests]).toEqual([]);
  });
});

describe('a @TokenVerifier', () => {
  it('that is alone takes opaque tokens', async () => {
    const verifier = verifierOf('https://plugged.example');
    const { app, ask } = await startGuardedApp({}, { providers: [verifier] });
    expect((await ask('good')).status).toBe(200);
    expect((await ask('bad')).status).toBe(401);
    expect(app.get(verifier).seen).toEqual(['good', 'bad']);
  });

  it('that cannot tell lets the guard answer 503', async () => {
    const { ask } = await startGuardedApp({}, { providers: [verifierOf('https://plugged.example')] });
    const response = await ask('away');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('beside an issuer of the options gets the tokens of its own name and none else', async () => {
    const issuer = await startIssuer();
    const verifier = verifierOf('https://plugged.example');
    const { app, ask } = await startGuardedApp(
      { issuer: issuer.issuer, audience: AUDIENCE },
      { providers: [verifier] },
    );
    expect((await ask(await issuer.sign())).status).toBe(200);
    const own = await issuer.sign({ iss: 'https://plugged.example' });
    expect(await (await ask(own)).json()).toMatchObject({ subject: 'somebody' });
    expect((await ask('good')).status).toBe(401);
    expect(app.get(verifier).seen).toEqual([own]);
  });

  it('takes the place of an issuer of the options when it says so', async () => {
    const issuer = await startIssuer();
    const verifier = verifierOf(issuer.issuer, { replaces: true });
    const { ask } = await startGuardedApp({ issuer: issuer.issuer, audience: AUDIENCE }, { providers: [verifier] });
    expect(await (await ask(await issuer.sign())).json()).toMatchObject({ subject: 'somebody' });
    expect(issuer.requests).toEqual([]);
  });

  it('gets tokens that name no issuer where the options choose it', async () => {
    const [one, other] = [
      verifierOf('https://one.example', { opaque: true }),
      verifierOf('urn:other', { opaque: true }),
    ];
    const { app, ask } = await startGuardedApp({ opaqueTokens: 'urn:other' }, { providers: [one, other] });
    expect((await ask('good')).status).toBe(200);
    expect([app.get(one).seen, app.get(other).seen]).toEqual([[], ['good']]);
  });
});

describe('the start fails', () => {
  it('where two could take opaque tokens and no option says who', async () => {
    const providers = [verifierOf('https://one.example', { opaque: true }), verifierOf('urn:other', { opaque: true })];
    await expect(startGuardedApp({}, { providers })).rejects.toThrow(/opaqueTokens.*https:\/\/one\.example, urn:other/);
  });

  it('where the option names nobody who takes opaque tokens', async () => {
    const providers = [verifierOf('https://one.example')];
    await expect(startGuardedApp({ opaqueTokens: 'urn:x' }, { providers })).rejects.toThrow('opaqueTokens: urn:x');
  });

  it('where two verify the tokens of one issuer', async () => {
    const options = { issuer: 'https://one.example', audience: AUDIENCE };
    await expect(startGuardedApp(options, { providers: [verifierOf('https://one.example')] })).rejects.toThrow(
      "@TokenVerifier('https://one.example') is provided twice",
    );
  });

  const introspection = { clientId: 'api', clientSecret: 'secret' };
  it.each<[string, object, string]>([
    ['an audience that is missing', { issuer: 'https://a.example' }, 'audience: is needed'],
    ['an empty audience', { issuer: 'https://a.example', audience: [''] }, 'audience: must be a text'],
    ['an issuer on plain http', { issuer: 'http://a.example', audience: 'x' }, 'issuer: must use https'],
    [
      'an issuer that is no URL',
      { issuers: [{ issuer: 'a' }], audience: 'x' },
      'issuers[0].issuer: must be an absolute URL',
    ],
    ['an issuer with a password', { issuer: 'https://a:b@a.example', audience: 'x' }, 'issuer: must not have a user'],
    [
      'an issuer twice',
      { issuers: [{ issuer: 'https://a.example' }, { issuer: 'https://a.example' }], audience: 'x' },
      'issuers[1].issuer: is there twice',
    ],
    ['both forms', { issuer: 'https://a.example', issuers: [], audience: 'x' }, 'issuer: is short for'],
    ['half of the short form', { introspection }, 'issuer: is missing'],
    ['no way to verify', { issuer: 'https://a.example', jwt: false, audience: 'x' }, 'jwt: must not be false'],
    [
      'HS256',
      { issuer: 'https://a.example', jwt: { algorithms: ['ES256', 'HS256'] }, audience: 'x' },
      'jwt.algorithms[1]: must be one of RS256',
    ],
    [
      'none',
      { issuer: 'https://a.example', jwt: { algorithms: ['none'] }, audience: 'x' },
      'jwt.algorithms[0]: must be one of',
    ],
    [
      'no algorithm',
      { issuer: 'https://a.example', jwt: { algorithms: [] }, audience: 'x' },
      'jwt.algorithms: must be a list',
    ],
    [
      'keys on plain http',
      { issuer: 'https://a.example', jwt: { jwksUri: 'http://a.example/k' }, audience: 'x' },
      'jwt.jwksUri: must use https',
    ],
    [
      'keys that are no set',
      { issuer: 'https://a.example', jwt: { jwks: {} }, audience: 'x' },
      'jwt.jwks: must be a JWK Set',
    ],
    [
      'no secret',
      { issuer: 'https://a.example', introspection: { clientId: 'api' } },
      'introspection.clientSecret: is missing',
    ],
    [
      'a negative age',
      { issuer: 'https://a.example', introspection: { ...introspection, maxAge: -1 } },
      'introspection.maxAge: must be a number of seconds',
    ],
    [
      'a member that nobody knows',
      { issuers: [{ issuer: 'https://a.example', audiance: 1 }], audience: 'x' },
      'issuers[0].audiance: is not known',
    ],
  ])('for %s, and names the member', async (_, options, message) => {
    await expect(startGuardedApp(options)).rejects.toThrow(message);
  });

  it('with every fault at once', async () => {
    const options = { issuers: [{ issuer: 'x', jwt: { jwksUri: 'y' }, timeout: NaN }] };
    await expect(startGuardedApp(options)).rejects.toThrow(
      /issuers\[0\]\.issuer: .*; issuers\[0\]\.jwt\.jwksUri: .*; audience: .*; issuers\[0\]\.timeout: /,
    );
  });
});

it('forRootAsync takes the options from providers of the application (several of them)', async () => {
  const issuer = await startIssuer();

  @Module({ providers: [{ provide: 'CONFIG', useValue: { url: issuer.issuer } }], exports: ['CONFIG'] })
  class ConfigModule {}

  @Module({
    imports: [
      ResourceServerModule.forRootAsync({
        imports: [ConfigModule],
        inject: ['CONFIG'],
        useFactory: async (config: { url: string }) => {
          await Promise.resolve();
          return { issuer: config.url, audience: AUDIENCE };
        },
      }),
    ],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false, abortOnError: false });
  await app.init();
  const { TokenVerifiers } = await import('nest-authorization-server/resource-server');
  expect(app.get(TokenVerifiers).issuers()).toEqual([issuer.issuer]);
  expect(await app.get(TokenVerifiers).verify(await issuer.sign())).toMatchObject({ subject: 'alice' });
  await closeApplication(app);
});
