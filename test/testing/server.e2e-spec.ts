// createTestServer as the tests of a host application use it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Controller, Get, Injectable } from '@nestjs/common';
import pg from 'pg';
import { Grant, OnOAuthEvent, type TokenResponse } from 'nest-authorization-server';
import { ResourceProtector } from 'nest-authorization-server/resource-server';
import { createTestServer, type TestServer } from 'nest-authorization-server/testing';
import { createDatabase } from '../support/database.js';
import { onClose } from '../support/cleanup.js';
import { verifyIdToken } from '../support/openid.js';

const SCOPES = [{ name: 'notes:read', description: 'Read your notes' }];
const NOTES = 'https://notes.example';

@Controller('notes')
class NotesController {
  @Get()
  @ResourceProtector('notes:read')
  list(): object {
    return { notes: [] };
  }
}

@Injectable()
class Audit {
  readonly issued: string[] = [];

  @OnOAuthEvent('token.issued')
  note({ clientId }: { clientId: string }): void {
    this.issued.push(clientId);
  }
}

@Grant('urn:example:nothing')
class NothingGrant implements Grant {
  respond(): Promise<TokenResponse> {
    return Promise.resolve({ access_token: 'nothing', token_type: 'Bearer', expires_in: 1, scope: '' });
  }
}

async function schemasOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ nspname: string }>(
    `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test\\_%'`,
  );
  await client.end();
  return rows.map(({ nspname }) => nspname);
}

describe('createTestServer', () => {
  let database: string;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase({ empty: true });
    server = await createTestServer({
      databaseUrl: database,
      bootstrap: { scopes: SCOPES, resources: [{ identifier: NOTES, name: 'Notes', scopes: ['notes:read'] }] },
      controllers: [NotesController],
      providers: [Audit, NothingGrant],
    });
    onClose(() => server.close());
  });

  it('serves the metadata of its issuer', async () => {
    const response = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    const metadata = (await response.json()) as { issuer: string; grant_types_supported: string[] };
    expect(metadata.issuer).toBe(server.issuer);
    expect(metadata.grant_types_supported).toContain('urn:example:nothing');
  });

  it('signs a user in by the code flow with PKCE', async () => {
    const user = await server.aUser().email('alice@example.com').create();
    const { tokens, client } = await server.signIn(user, { scope: 'openid email notes:read' });
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'openid email notes:read' });
    const { claims } = await verifyIdToken(server, client.clientId, tokens.id_token);
    expect(claims.sub).toBe(user.id);
    const response = await fetch(`${server.url}/notes`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await response.json()).toEqual({ notes: [] });
  });

  it('signs a user in at a public client, with a nonce', async () => {
    const client = await server.aClient().public().scope('openid', 'notes:read').create();
    expect(client).toMatchObject({ clientSecret: undefined });
    const user = await server.aUser().create();
    const { tokens } = await server.signIn(user, { client, parameters: { nonce: 'a nonce' } });
    const { claims } = await verifyIdToken(server, client.clientId, tokens.id_token);
    expect(claims.nonce).toBe('a nonce');
  });

  it('binds a token to a resource', async () => {
    const client = await server.aClient().scope('notes:read').create();
    const { tokens } = await server.signIn(await server.aUser().create(), { client, resource: NOTES });
    const response = await fetch(`${server.url}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    expect(await response.json()).toMatchObject({ active: true, aud: NOTES, scope: 'notes:read' });
  });

  it('keeps a person signed in in one browser, and asks for no password again', async () => {
    const user = await server.aUser({ username: 'resident' }).create();
    const { browser } = await server.signIn(user);
    const page = await browser.fetch('/account');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('resident');
    const signedIn = server.events('user.signed_in').filter(({ userId }) => userId === user.id);
    await server.signIn({ ...user, password: 'nobody asks for it' }, { browser });
    expect(server.events('user.signed_in').filter(({ userId }) => userId === user.id)).toEqual(signedIn);
  });

  it('lets nobody in whose password is wrong', async () => {
    const user = await server.aUser().create();
    await expect(server.signIn({ ...user, password: 'another password' })).rejects.toThrow('stopped at a page');
  });

  it('says what the client was told when it is refused', async () => {
    const [user, client] = [await server.aUser().create(), await server.aClient().scope('openid').create()];
    await expect(server.signIn(user, { client, scope: 'notes:read' })).rejects.toThrow('invalid_scope');
    await expect(server.clientCredentials(client)).rejects.toThrow('unauthorized_client');
  });

  it('gives a machine a token', async () => {
    const machine = await server.aClient().machine().scope('notes:read').create();
    const tokens = await server.clientCredentials(machine, 'notes:read', NOTES);
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'notes:read' });
    expect(server.events('token.issued').at(-1)).toMatchObject({ clientId: machine.clientId });
    expect(server.app.get(Audit).issued).toContain(machine.clientId);
  });

  it('makes users and clients as they are described', async () => {
    const staff = server.aUser({ roles: ['staff'] });
    const [first, second] = [await staff.create(), await staff.roles('admin').create()];
    expect(first.id).not.toBe(second.id);
    const { browser } = await server.signIn(second);
    expect((await browser.fetch('/clients/new')).status).toBe(200);
    const client = await server
      .aClient({ client_name: 'Shop' })
      .redirectUris('https://shop.example/callback')
      .grantTypes('authorization_code')
      .firstParty()
      .create();
    expect(client.metadata).toMatchObject({
      client_name: 'Shop',
      redirect_uris: ['https://shop.example/callback'],
      grant_types: ['authorization_code'],
      skip_consent: true,
    });
    const api = await server.aClient().resourceServer().create();
    expect(api).toMatchObject({ clientSecret: expect.any(String), metadata: { grant_types: [] } });
  });

  it('shares a database with other servers, and leaves nothing there', async () => {
    const before = await schemasOf(database);
    const other = await createTestServer({ databaseUrl: database, issuerPath: '/auth', signUp: false });
    expect(other.issuer).toBe(`${other.url}/auth`);
    const user = await other.aUser({ username: 'somebody' }).create();
    await expect(server.signIn(user)).rejects.toThrow('stopped at a page');
    expect((await other.signIn(user)).tokens.token_type).toBe('Bearer');
    expect(await schemasOf(database)).toHaveLength(before.length + 1);
    await Promise.all([other.close(), other.close()]);
    expect(await schemasOf(database)).toEqual(before);
    await expect(fetch(other.url)).rejects.toThrow();
  });

  it('ends although somebody keeps a connection without a request', async () => {
    const own = await createTestServer({ databaseUrl: await createDatabase({ empty: true }) });
    const socket = connect(Number(new URL(own.url).port), 'localhost').on('error', () => undefined);
    const cutOff = once(socket, 'close');
    await once(socket, 'connect');
    // What is answered later has been accepted later.
    await fetch(`${own.url}/health/live`);
    await own.close();
    await cutOff;
  });

  it('names the faults of its options, and leaves nothing behind', async () => {
    const before = await schemasOf(database);
    const options = { databaseUrl: database, lifetimes: { accessToken: -1 } };
    await expect(createTestServer(options)).rejects.toThrow('lifetimes.accessToken');
    expect(await schemasOf(database)).toEqual(before);
  });
});

describe('without a database', () => {
  it('starts a PostgreSQL for all servers of the process, which ends with the last one', async () => {
    const [first, second] = await Promise.all([createTestServer(), createTestServer()]);
    const user = await first.aUser().create();
    await first.close();
    await expect(second.signIn(user)).rejects.toThrow('stopped at a page');
    await second.close();
    const third = await createTestServer();
    expect((await third.signIn(await third.aUser().create())).tokens.token_type).toBe('Bearer');
    await third.close();
  });
});
