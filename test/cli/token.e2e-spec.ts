// Commands about tokens: with an administrator's rights, by the same code as the grants.
import { decodeJwt } from 'jose';
import { type CliResult, runCli } from '../support/cli.js';
import { CLIENTS, RESOURCES, USERS } from '../support/fixtures.js';
import { clientCredentials, introspect, me, obtainTokens, tokenRequest, type TokenResponse } from '../support/flow.js';
import { sharedServer } from '../support/server.js';

import.meta.jest.setTimeout(90_000);

const server = sharedServer();

function cli(args: string[], input?: string): Promise<CliResult> {
  return runCli(['token', ...args], { database: server.database, env: { ISSUER: server.issuer }, input });
}

async function issue(...args: string[]): Promise<TokenResponse> {
  const { status, stdout, stderr } = await cli(['issue', ...args, '--json']);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as TokenResponse;
}

describe('token issue', () => {
  it('issues to a client for itself', async () => {
    const token = await issue('--client', 'machine', '--scope', 'read');
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'read' });
    expect(await introspect(server, token.access_token)).toMatchObject({
      active: true,
      sub: 'machine',
      client_id: 'machine',
    });
  });

  it('issues for a user, who is known at protected resources', async () => {
    const token = await issue('--client', 'web', '--user', 'alice', '--scope', 'profile');
    expect(await (await me(server, token.access_token)).json()).toMatchObject({ username: 'alice' });
    const refreshed = await tokenRequest(server, CLIENTS.web, {
      grant_type: 'refresh_token',
      refresh_token: token.refresh_token,
    });
    expect(refreshed.status).toBe(200);
  });

  it('takes the default scope of the client, as the grants do', async () => {
    expect((await issue('--client', 'web', '--user', 'alice')).scope).toBe('profile read');
    expect((await issue('--client', 'machine')).scope).toBe('read write');
  });

  it('binds to resources, in their format', async () => {
    const token = await issue('--client', 'machine', '--resource', RESOURCES.jwt.identifier, '--scope', 'read');
    expect(decodeJwt(token.access_token)).toMatchObject({
      iss: server.issuer,
      aud: RESOURCES.jwt.identifier,
      client_id: 'machine',
    });
    expect(await introspect(server, token.access_token)).toMatchObject({ active: true, aud: RESOURCES.jwt.identifier });
  });

  it('prints a table, or the token alone', async () => {
    expect((await cli(['issue', '--client', 'machine'])).stdout).toMatch(
      /^ {2}access_token +\S+\n {2}token_type +Bearer\n/,
    );
    const { stdout } = await cli(['issue', '--client', 'machine', '--token-only']);
    expect(await introspect(server, stdout.trim())).toMatchObject({ active: true });
  });

  it.each([
    ['a scope that the client is not registered for', ['--client', 'machine', '--scope', 'profile'], 'invalid_scope'],
    ['an unknown resource', ['--client', 'machine', '--resource', 'https://nowhere.example'], 'invalid_target'],
    ['a public client for itself', ['--client', 'spa', '--scope', 'read'], 'unauthorized_client'],
    ['openid without a user', ['--client', 'web', '--scope', 'openid'], 'invalid_scope'],
    [
      'administration scopes to a user who is no administrator',
      ['--client', 'administrator', '--user', 'alice', '--scope', 'users:read'],
      'invalid_scope',
    ],
    ['an unknown client', ['--client', 'nobody'], 'There is no such client.'],
    ['an unknown user', ['--client', 'web', '--user', 'nobody'], 'There is no such user.'],
  ])('refuses %s with status 1', async (_, args, message) => {
    const { status, stdout, stderr } = await cli(['issue', ...args]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });

  it('gives administration scopes to an administrator', async () => {
    const args = ['--client', 'administrator', '--user', USERS.admin.username, '--scope', 'users:read'];
    const { access_token } = await issue(...args);
    const response = await fetch(`${server.url}/api/users`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(response.status).toBe(200);
  });

  it('needs a client: status 2', async () => {
    const { status, stderr } = await cli(['issue', '--scope', 'read']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("required option '--client <client_id>' not specified"),
    ]);
  });
});

describe('token introspect', () => {
  it('tells what a token is worth, whoever it was issued to', async () => {
    const { access_token, refresh_token } = await obtainTokens(server, CLIENTS.web, { scope: 'profile' });
    const access = await cli(['introspect', access_token, '--json']);
    expect(JSON.parse(access.stdout)).toMatchObject({
      active: true,
      username: 'alice',
      client_id: 'web',
      scope: 'profile',
    });
    const refresh = await cli(['introspect', '--json'], `${refresh_token}\n`);
    expect(JSON.parse(refresh.stdout)).toMatchObject({ active: true, token_type: 'refresh_token', client_id: 'web' });
    const bound = await clientCredentials(server, CLIENTS.machine, {
      resource: RESOURCES.opaque.identifier,
      scope: 'read',
    });
    const { stdout } = await cli(['introspect'], bound.access_token);
    expect(stdout).toMatch(/^ {2}aud +https:\/\/files\.example\.com$/m);
    expect(stdout).toMatch(/^ {2}exp +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m);
  });

  it('says that another token is not active, with status 0', async () => {
    const text = await cli(['introspect', 'nonsense']);
    expect([text.status, text.stdout]).toEqual([0, expect.stringContaining('The token is not active')]);
    expect(JSON.parse((await cli(['introspect', 'nonsense', '--json'])).stdout)).toEqual({ active: false });
  });

  it('needs a token: status 2', async () => {
    expect((await cli(['introspect'], '')).status).toBe(2);
  });
});

describe('token revoke', () => {
  it('ends an access token alone, and with a refresh token the whole grant', async () => {
    const { access_token, refresh_token } = await obtainTokens(server, CLIENTS.web, { scope: 'profile' });
    expect((await cli(['revoke'], access_token)).stdout).toBe('The token was revoked.\n');
    expect((await me(server, access_token)).status).toBe(401);
    const refresh = { grant_type: 'refresh_token', refresh_token };
    const renewed = (await (await tokenRequest(server, CLIENTS.web, refresh)).json()) as TokenResponse;
    expect((await me(server, renewed.access_token)).status).toBe(200);
    expect((await cli(['revoke', renewed.refresh_token as string])).status).toBe(0);
    expect((await me(server, renewed.access_token)).status).toBe(401);
  });

  it('ends a JWT', async () => {
    const { access_token } = await clientCredentials(server, CLIENTS.machineJwt);
    expect((await cli(['revoke', access_token, '--json'])).stdout).toBe('{\n  "revoked": true\n}\n');
    expect(await introspect(server, access_token)).toEqual({ active: false });
  });

  it('fails with status 1 when there is no such token', async () => {
    const { status, stderr } = await cli(['revoke', 'nonsense']);
    expect([status, stderr]).toEqual([1, 'There is no such token, or it has ended before.\n']);
  });
});
