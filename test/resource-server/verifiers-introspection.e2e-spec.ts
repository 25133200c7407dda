// Tokens of which an application asks their issuer, and how long it remembers the answer.
// @see RFC 7662 §2, §4 https://www.rfc-editor.org/rfc/rfc7662#section-2
import { Controller, Get } from '@nestjs/common';
import { CurrentUser, ResourceProtector, type ResourceServerOptions } from 'nest-authorization-server/resource-server';
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { clientCredentials, obtainTokens, revoke } from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { AUDIENCE, startIssuer, type TestIssuer } from '../support/issuer.js';
import { sharedServer } from '../support/server.js';
import { ADAPTERS, type GuardedApp, startGuardedApp } from './guarded-app.js';
import { startHost } from './host.js';

const CREDENTIALS = { clientId: 'the api', clientSecret: 'sécret:+%' };
const now = (): number => Math.floor(Date.now() / 1000);

interface Asked {
  method?: string;
  authorization?: string;
  contentType?: string;
  body: URLSearchParams;
}

/** An issuer that answers introspections by what the test says. */
async function introspecting(answer: () => unknown): Promise<{ issuer: TestIssuer; asked: Asked[] }> {
  const issuer = await startIssuer();
  const asked: Asked[] = [];
  issuer.answers.set('/introspect', ({ method, headers }, response, body) => {
    const { authorization, 'content-type': contentType } = headers;
    asked.push({ method, authorization, contentType, body: new URLSearchParams(body) });
    const given = answer();
    if (given === undefined) return;
    const status = typeof given === 'number' ? given : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof given === 'string' ? given : JSON.stringify(given));
  });
  return { issuer, asked };
}

function guard({ issuer }: TestIssuer, options: object = {}, introspection: object = {}): Promise<GuardedApp> {
  return startGuardedApp({
    audience: AUDIENCE,
    issuers: [{ issuer, introspection: { ...CREDENTIALS, ...introspection }, ...options }],
  });
}

@Controller()
class RolesController {
  @Get('change')
  @ResourceProtector()
  change(@CurrentUser() user: { roles: string[] }): number {
    return user.roles.push('admin');
  }

  @Get('admin')
  @ResourceProtector([], { roles: 'admin' })
  admin(): string {
    return 'admin';
  }
}

const ACTIVE = { active: true, client_id: 'web', sub: 'alice', scope: 'read' };

describe('the request', () => {
  it('is a form with the token and a hint, and the client by client_secret_basic (§2.1, RFC 6749 §2.3.1)', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer);
    expect((await ask('opaque-token')).status).toBe(200);
    const [{ body, authorization, ...request }] = asked;
    expect(request.method).toBe('POST');
    expect(request.contentType).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(body)).toEqual({ token: 'opaque-token', token_type_hint: 'access_token' });
    const halves = Buffer.from(authorization!.replace('Basic ', ''), 'base64').toString().split(':');
    expect(halves.map(decodeURIComponent)).toEqual([CREDENTIALS.clientId, CREDENTIALS.clientSecret]);
  });

  it('goes to the endpoint that the options name, and then no metadata are asked for', async () => {
    const { issuer } = await introspecting(() => ACTIVE);
    issuer.answers.set('/elsewhere', issuer.answers.get('/introspect')!);
    const { ask } = await guard(issuer, {}, { endpoint: `${issuer.issuer}/elsewhere` });
    expect((await ask('token')).status).toBe(200);
    expect(issuer.requests).toEqual(['/elsewhere']);
  });

  it('is one for a hundred of the same token at the same moment, and none for a token that is known', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer);
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('token')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await ask('token')).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect((await ask('token-2')).status).toBe(200);
    expect(asked).toHaveLength(2);
  });
});

describe('the answer', () => {
  it('is the token as handlers see it (§2.2)', async () => {
    const exp = now() + 60;
    const answer = { ...ACTIVE, exp, iat: exp - 90, jti: 'id', acr: '2', auth_time: exp - 99, roles: ['r'], extra: 1 };
    const { issuer } = await introspecting(() => answer);
    const response = await (await guard(issuer)).ask('opaque');
    expect(await response.json()).toMatchObject({
      token: 'opaque',
      issuer: issuer.issuer,
      subject: 'alice',
      userId: 'alice',
      clientId: 'web',
      scope: ['read'],
      audience: [],
      expiresAt: new Date(exp * 1000).toISOString(),
      issuedAt: new Date((exp - 90) * 1000).toISOString(),
      authTime: new Date((exp - 99) * 1000).toISOString(),
      acr: '2',
      roles: ['r'],
      jti: 'id',
      claims: answer,
    });
  });

  it.each([
    ['active alone with the client: it acts for itself', { active: true, client_id: 'web' }],
    ['our audience among others', { ...ACTIVE, aud: ['https://else.example', AUDIENCE] }],
    ['token_type Bearer', { ...ACTIVE, token_type: 'bearer' }],
  ])('is accepted: %s', async (_, answer) => {
    const { issuer } = await introspecting(() => answer);
    expect((await (await guard(issuer)).ask('token')).status).toBe(200);
  });

  it('with the issuer as audience means a token that is bound to no resource', async () => {
    const { issuer } = await introspecting(() => ({ ...ACTIVE, iss: issuer.issuer, aud: issuer.issuer }));
    const response = await (await guard(issuer)).ask('token');
    expect(await response.json()).toMatchObject({ audience: [] });
  });

  it.each([
    ['active false', { active: false, client_id: 'web', sub: 'alice' }],
    ['exp in the past (§4)', () => ({ ...ACTIVE, exp: now() - 60 })],
    ['exp as text', () => ({ ...ACTIVE, exp: String(now() + 60) })],
    ['nbf in the future (§4)', () => ({ ...ACTIVE, nbf: now() + 60 })],
    ['another iss', { ...ACTIVE, iss: 'https://else.example' }],
    ['another audience', { ...ACTIVE, aud: 'https://else.example' }],
    ['an audience that is no text', { ...ACTIVE, aud: [1] }],
    ['a refresh token', { ...ACTIVE, token_type: 'refresh_token' }],
    ['a refresh token, otherwise said', { ...ACTIVE, token_use: 'refresh_token' }],
    ['a token bound to a key (RFC 7800)', { ...ACTIVE, token_type: 'DPoP' }],
    ['a token bound to a key, otherwise said (RFC 7800)', { ...ACTIVE, cnf: { jkt: 'x' } }],
  ])('is a refusal: %s', async (_, answer: object | (() => object)) => {
    const { issuer } = await introspecting(() => (typeof answer === 'function' ? (answer as () => object)() : answer));
    const response = await (await guard(issuer)).ask('token');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it.each([
    ['401: the credentials are wrong', 401],
    ['500', 500],
    ['no JSON', 'active'],
    ['active as text', { ...ACTIVE, active: 'true' }],
    ['active as number', { ...ACTIVE, active: 1 }],
    ['no active', { client_id: 'web' }],
    ['a list', [ACTIVE]],
    ['no client', { active: true, sub: 'alice' }],
    ['nothing in time', undefined],
  ])('is no statement about the token: %s. 503 with Retry-After, never 401', async (_, answer) => {
    const { issuer } = await introspecting(() => answer);
    const response = await (await guard(issuer, { timeout: 0.3 })).ask('token');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.get('www-authenticate')).toBeNull();
  });

  it('that did not come is not kept: the next request asks again', async () => {
    let answer: unknown = 500;
    const { issuer } = await introspecting(() => answer);
    const { ask } = await guard(issuer);
    expect((await ask('token')).status).toBe(503);
    answer = ACTIVE;
    expect((await ask('token')).status).toBe(200);
  });
});

describe('what is kept (§4)', () => {
  it('is asked again after maxAge', async () => {
    const { issuer, asked } = await introspecting(() => (asked.length < 2 ? ACTIVE : { active: false }));
    const { ask } = await guard(issuer, {}, { maxAge: 0.2 });
    expect((await ask('token')).status).toBe(200);
    await eventually(async () => (await ask('token')).status === 401);
    expect(asked).toHaveLength(2);
  });

  it('is kept no longer than exp', async () => {
    let exp = Infinity;
    const { issuer, asked } = await introspecting(() => {
      if (asked.length > 1) return { active: false };
      exp = Date.now() / 1000 + 1;
      return { ...ACTIVE, exp };
    });
    const { ask } = await guard(issuer);
    expect((await ask('token')).status).toBe(200);
    await eventually(() => Date.now() / 1000 >= exp);
    expect((await ask('token')).status).toBe(401);
  });

  it('is kept for a shorter time where the token is not active', async () => {
    const { issuer, asked } = await introspecting(() => (asked.length < 2 ? { active: false } : ACTIVE));
    const { ask } = await guard(issuer, {}, { maxInactiveAge: 1 });
    expect((await ask('token')).status).toBe(401);
    expect((await ask('token')).status).toBe(401);
    expect(asked).toHaveLength(1);
    // Before the 5 s that are the default.
    await eventually(async () => (await ask('token')).status === 200, 3_500);
    expect(asked).toHaveLength(2);
  });

  it('is nothing with maxAge 0', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer, {}, { maxAge: 0 });
    for (let n = 0; n < 3; n++) expect((await ask('token')).status).toBe(200);
    expect(asked).toHaveLength(3);
  });

  it('stays as the issuer gave it, whatever a handler does to what it is told', async () => {
    const { issuer, asked } = await introspecting(() => ({ ...ACTIVE, roles: ['reader'] }));
    const options: ResourceServerOptions = {
      issuers: [{ issuer: issuer.issuer, introspection: CREDENTIALS }],
      opaqueTokens: issuer.issuer,
    };
    const { ask } = await startHost({ controllers: [RolesController], options });
    expect((await ask('/change', 'token')).status).toBe(500);
    expect((await ask('/admin', 'token')).status).toBe(403);
    expect(asked).toHaveLength(1);
  });

  it('has an end: the oldest answer makes room', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer, {}, { maxEntries: 2 });
    for (const token of ['a', 'b', 'c', 'c', 'b', 'a']) expect((await ask(token)).status).toBe(200);
    expect(asked.map(({ body }) => body.get('token'))).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('JWTs', () => {
  it('are introspected, too, where the options do not say otherwise', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it('are verified here where the options say so, and opaque tokens by introspection', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer, { jwt: true });
    expect((await ask(await issuer.sign())).status).toBe(200);
    expect((await ask(await issuer.sign({ aud: 'else' }))).status).toBe(401);
    expect(asked).toHaveLength(0);
    expect((await ask('opaque')).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it('of another issuer are not sent to this one', async () => {
    const { issuer, asked } = await introspecting(() => ACTIVE);
    const { ask } = await guard(issuer);
    expect((await ask(await issuer.sign({ iss: 'https://else.example' }))).status).toBe(401);
    expect(asked).toHaveLength(0);
  });
});

describe.each(ADAPTERS)('tokens of this server on %s', (adapter) => {
  const server = sharedServer();
  const { identifier } = RESOURCES.jwt;
  let app: GuardedApp;
  beforeAll(async () => {
    const { client_id: clientId, client_secret: clientSecret } = CLIENTS.api;
    app = await startGuardedApp(
      {
        issuer: server.issuer,
        audience: [identifier, RESOURCES.opaque.identifier],
        jwt: true,
        introspection: { clientId, clientSecret, maxAge: 0 },
      },
      { adapter },
    );
  });

  it.each([
    ['a JWT for the resource', RESOURCES.jwt.identifier],
    ['an opaque one for the resource', RESOURCES.opaque.identifier],
    ['an opaque one for no resource', undefined],
  ])('are accepted: %s', async (_, resource) => {
    const tokens = await obtainTokens(server, CLIENTS.web, { scope: 'read', resource });
    const response = await app.ask(tokens.access_token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      issuer: server.issuer,
      clientId: 'web',
      scope: ['read'],
      audience: resource === undefined ? [] : [resource],
      acr: '1',
      authTime: expect.any(String) as string,
    });
  });

  it.each([
    ['a JWT for another resource', RESOURCES.calendar.identifier],
    ['a JWT for no resource', undefined],
  ])('are refused: %s', async (_, resource) => {
    const tokens = await clientCredentials(server, CLIENTS.machineJwt, { scope: 'read', resource });
    expect(tokens.access_token).toMatch(/^eyJ/);
    expect((await app.ask(tokens.access_token)).status).toBe(401);
  });

  it('are refused at once after their revocation where each is asked for', async () => {
    const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' });
    expect((await app.ask(access_token)).status).toBe(200);
    await revoke(server, CLIENTS.web, access_token);
    expect((await app.ask(access_token)).status).toBe(401);
  });

  it('that refresh are no access tokens', async () => {
    const { refresh_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' });
    expect((await app.ask(refresh_token)).status).toBe(401);
  });
});
