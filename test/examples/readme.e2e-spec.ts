// The README's examples do what they say: its files are those that run here, its commands work as they stand.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { closeApplication } from '../support/cleanup.js';
import { follow } from '../clients/browser.js';
import { createClient } from '../support/clients.js';
import { createDatabase } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, redeem, signUp } from '../support/flow.js';
import { freePort, type RunningServer, startServer } from '../support/server.js';
import { ROOT, SECRET_KEYS } from '../support/state.js';
import { Visitor } from '../support/visitor.js';
import { BlogModule } from './blog.module.js';
import { begin, finish } from './login.js';
import { NotesModule } from './notes.module.js';
import { WikiModule } from './wiki.module.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const NEWCOMER = { username: 'newcomer', password: 'a password of a newcomer' };
const run = promisify(execFile);

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({
    bootstrap: {
      users: [NEWCOMER],
      clients: [CLIENTS.administrator],
      scopes: [{ name: 'notes:read', description: 'Read your notes' }],
    },
  });
});
afterAll(() => server.stop());

/** The code block that holds the text. */
function block(language: string, text: string): string {
  const blocks = [...README.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code);
  const found = blocks.find((code) => code.includes(text));
  if (!found) throw new Error(`The README has no ${language} block with: ${text}`);
  return found;
}

/** Runs a command of the README against the server of this test. */
async function shell(script: string, variables: Record<string, string> = {}): Promise<string> {
  const environment = {
    ...process.env,
    PORT: String(server.port),
    DATABASE_URL: server.database,
    SECRET_KEYS,
    ...variables,
  };
  const here = script.replaceAll('http://localhost:3000', server.url);
  return (await run('bash', ['-euc', here], { cwd: ROOT, env: environment })).stdout;
}

it('shows the files that run here', () => {
  for (const file of ['login.ts', 'notes.module.ts', 'notes.e2e-spec.ts', 'blog.module.ts', 'wiki.module.ts']) {
    expect(block('ts', `// ${file} –`)).toBe(readFileSync(join(ROOT, 'test', 'examples', file), 'utf8'));
  }
});

it('gets a token in a minute', async () => {
  const answer = JSON.parse(await shell(block('sh', 'client create --id my-app'))) as Record<string, unknown>;
  expect(answer).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600, scope: 'read' });
});

it('registers a client', async () => {
  const client = JSON.parse(await shell(block('sh', '/oauth/register'))) as Record<string, unknown>;
  expect(client).toMatchObject({
    client_name: 'Registered',
    scope: 'openid profile',
    client_secret: expect.any(String) as string,
    registration_client_uri: `${server.issuer}/oauth/register/${client.client_id as string}`,
  });
});

it('completes the code flow for a public client', async () => {
  const script = `${block('sh', '--id demo')}\necho "$VERIFIER"\n`;
  const [url, verifier] = (await shell(script)).trim().split('\n').slice(-2) as [string, string];
  const parameters = Object.fromEntries(new URL(url).searchParams);
  const { code, params } = await authorize(server, parameters, { user: NEWCOMER });
  expect(params).toMatchObject({ state: '42', iss: server.issuer });
  const redeem = block('sh', 'grant_type=authorization_code');
  const me = JSON.parse(await shell(redeem, { CODE: code, VERIFIER: verifier })) as Record<string, unknown>;
  expect(me).toEqual({ id: expect.any(String), username: NEWCOMER.username });
});

it('signs a user in with OpenID Connect', async () => {
  const client = await createClient(server, { scope: 'openid profile' });
  const started = await begin(server.issuer, client.client_id, client.client_secret!, client.redirect_uris[0]);
  const parameters = { code_challenge: undefined, ...Object.fromEntries(started.url.searchParams), state: undefined };
  const { location } = await authorize(server, parameters, { user: NEWCOMER });
  const userinfo = await finish(started, new URL(location));
  expect(userinfo).toMatchObject({ preferred_username: NEWCOMER.username });
});

describe('the protected controller', () => {
  let app: INestApplication;
  let url: string;
  let token: string;

  beforeAll(async () => {
    const [command] = /client create --id notes-api --resource-server/.exec(README) ?? [];
    const secret = (await shell(`npm run --silent cli -- ${command} --secret-only`)).trim();
    Object.assign(process.env, { ISSUER: server.url, CLIENT_ID: 'notes-api', CLIENT_SECRET: secret });
    app = await NestFactory.create(NotesModule, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/notes`;
    const create =
      'npm run --silent cli -- client create --id reader --grant client_credentials --scope notes:read --secret-only';
    const reader = (await shell(create)).trim();
    const response = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`reader:${reader}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    token = ((await response.json()) as { access_token: string }).access_token;
  });
  afterAll(() => closeApplication(app));

  it('answers a request with a token of the scope', async () => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ notes: [], reader: 'reader' });
  });

  it('asks for a token where none was sent', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  });

  it('names the scope that is missing', async () => {
    const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('scope="notes:write"');
  });
});

it('signs people in to another application, which calls the API as them', async () => {
  const origin = `http://localhost:${await freePort()}`;
  const here = (text: string): string => text.replaceAll('http://localhost:4000', origin);
  const variables = JSON.parse(
    await shell(`${here(block('sh', '--id wiki'))}\nnode -p 'JSON.stringify(process.env)'`),
  ) as Record<string, string>;
  const corp = Object.entries(variables).filter(([name]) => name.startsWith('CORP_'));
  expect(corp).toHaveLength(4);
  Object.assign(process.env, Object.fromEntries(corp));
  const app = await NestFactory.create(WikiModule, new FastifyAdapter(), { logger: false });
  await app.listen(new URL(origin).port);
  const visitor = new Visitor();
  const { url } = await visitor.until((step) => step.url.origin === server.url, origin);
  const back = await follow(server, url, { user: NEWCOMER });
  const page = await visitor.open(back.url);
  expect(page.url.href).toBe(`${origin}/`);
  const me = { id: expect.any(String) as string, username: NEWCOMER.username };
  expect(JSON.parse(page.text)).toEqual({ hello: NEWCOMER.username, me });
  await closeApplication(app);
});

it('has the server inside an application', async () => {
  const url = `http://localhost:${await freePort()}`;
  Object.assign(process.env, { ISSUER: `${url}/auth`, SECRET_KEYS, DATABASE_URL: await createDatabase() });
  const app = await NestFactory.create(BlogModule, new FastifyAdapter(), { logger: false });
  await app.listen(new URL(url).port);
  const inside = { url, issuer: `${url}/auth` };
  const registered = await fetch(`${inside.issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['https://client.example/callback'], scope: 'drafts:read' }),
  });
  const client = (await registered.json()) as { client_id: string; client_secret: string };
  const { jar, username } = await signUp(inside);
  const request = {
    client_id: client.client_id,
    redirect_uri: 'https://client.example/callback',
    scope: 'drafts:read',
  };
  const tokens = await redeem(inside, client, await authorize(inside, request, { jar }), {
    redirect_uri: request.redirect_uri,
  });
  const drafts = await fetch(`${url}/drafts`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect(await drafts.json()).toEqual({ author: username, drafts: [] });
  await closeApplication(app);
});
