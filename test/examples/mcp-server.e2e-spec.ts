// examples/mcp-server: the MCP SDK's own client is given nothing but the URL, and finds its way from a 401.
// @see RFC 9728, RFC 8414, RFC 7591, RFC 8707 https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { type RunningExample, startExample } from '../support/example.js';
import { authorize } from '../support/flow.js';

const ADA = { username: 'ada', password: 'difference engine' };
const CALLBACK = 'http://localhost:49152/callback';

let example: RunningExample;
let issuer: string;
let resource: string;
let metadata: string;
beforeAll(async () => {
  example = await startExample('mcp-server', { ready: /The MCP server is ready/ });
  issuer = /accepts tokens of (\S+)\./.exec(example.said())![1];
  resource = `${example.url}/mcp`;
  metadata = `${example.url}/.well-known/oauth-protected-resource/mcp`;
}, 150_000);

/** The OAuth side of an MCP client; its user opens what it redirects to. */
class Person implements OAuthClientProvider {
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata = {
    client_name: 'MCP client',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  readonly opened: URL[] = [];
  private client?: OAuthClientInformationMixed;
  private held?: OAuthTokens;
  private verifier = '';

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.client;
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.client = client;
  }

  tokens(): OAuthTokens | undefined {
    return this.held;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.held = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.opened.push(url);
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier;
  }

  /** Signs in where the client sent the browser, and allows what it asks for or less. @returns the code */
  async allow(scope?: string): Promise<string> {
    const url = this.opened.at(-1)!;
    expect(url.href).toMatch(new RegExp(`^${issuer}/`));
    const request = { ...Object.fromEntries(url.searchParams), ...(scope && { scope }) };
    return (await authorize({ url: issuer, issuer }, request, { user: ADA })).code;
  }
}

/** Connects, with the sign-in on the way. @param scope what is allowed; absent: all that the client asks for */
async function connect(person: Person, scope?: string): Promise<Client> {
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: person });
  await expect(newClient().connect(transport)).rejects.toThrow(UnauthorizedError);
  await transport.finishAuth(await person.allow(scope));
  const client = newClient();
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider: person }));
  return client;
}

const newClient = (): Client => new Client({ name: 'a test', version: '1.0.0' });

const textOf = async (client: Client, name: string, input = {}): Promise<string> =>
  ((await client.callTool({ name, arguments: input })).content as { text: string }[])[0].text;

it('leads from a 401 to the authorization server (RFC 9728 §5.1)', async () => {
  const refused = await fetch(resource, { method: 'POST' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe(
    `Bearer realm="api", scope="notes:read notes:write", resource_metadata="${metadata}"`,
  );
  expect(await (await fetch(metadata)).json()).toMatchObject({
    resource,
    authorization_servers: [issuer],
    scopes_supported: ['notes:read', 'notes:write'],
  });
});

it('lets a client in that registers itself and asks for this resource with PKCE', async () => {
  const ada = new Person();
  const client = await connect(ada);
  const [request] = ada.opened.map(({ searchParams }) => Object.fromEntries(searchParams));
  expect(request).toMatchObject({ resource, code_challenge_method: 'S256', scope: 'notes:read notes:write' });
  expect(ada.clientInformation()).toMatchObject({ client_id: request.client_id, redirect_uris: [CALLBACK] });

  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['list_notes', 'add_note']);
  expect(await textOf(client, 'add_note', { text: 'Bernoulli numbers' })).toBe('There are 1 notes.');
  expect(await textOf(client, 'list_notes')).toBe('Bernoulli numbers');
  await client.close();
});

it('refuses a tool that the token is too weak for, and the client asks the user for more', async () => {
  const ada = new Person();
  const client = await connect(ada, 'notes:read');
  expect(await textOf(client, 'list_notes')).toBe('Bernoulli numbers');

  const refused = await fetch(resource, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ada.tokens()!.access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add_note', arguments: {} } }),
  });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('www-authenticate')).toBe(
    'Bearer realm="api", error="insufficient_scope", ' +
      'error_description="The access token does not carry the scope that is needed here.", ' +
      `scope="notes:read notes:write", resource_metadata="${metadata}"`,
  );

  // No refresh token, so the client sends the user to the authorization server again.
  ada.saveTokens({ ...ada.tokens()!, refresh_token: undefined });
  await expect(textOf(client, 'add_note', { text: 'A loop' })).rejects.toThrow(UnauthorizedError);
  expect(ada.opened.at(-1)!.searchParams.get('scope')).toBe('notes:read notes:write');
  await (client.transport as StreamableHTTPClientTransport).finishAuth(await ada.allow());
  expect(await textOf(client, 'add_note', { text: 'A loop' })).toBe('There are 2 notes.');
  await client.close();
});

it('refuses a token that is meant for another resource, though the issuer is the same', async () => {
  const ada = new Person();
  await connect(ada);
  const { client_id } = ada.clientInformation()!;
  const grant = await authorize(
    { url: issuer, issuer },
    { client_id, redirect_uri: CALLBACK, scope: 'notes:read' },
    { user: ADA },
  );
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id,
      code: grant.code,
      redirect_uri: CALLBACK,
      code_verifier: grant.verifier,
    }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  const refused = await fetch(resource, { method: 'POST', headers: { authorization: `Bearer ${access_token}` } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
});

it('says that it has no stream of its own', async () => {
  const ada = new Person();
  await connect(ada);
  const answer = await fetch(resource, { headers: { authorization: `Bearer ${ada.tokens()!.access_token}` } });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});

it('stops with status 0', async () => {
  expect(await example.stop()).toBe(0);
});
