// A client authentication method of a host application, in one file: a certificate that a proxy in front has seen.
// @see RFC 6749 §2.3.2, RFC 8705 §2.1 https://www.rfc-editor.org/rfc/rfc8705#section-2.1
import {
  type Client,
  ClientAuth,
  InvalidClientError,
  type OAuthRequest,
  type Parameters,
  type PresentedCredentials,
} from 'nest-authorization-server';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { tokenRequest } from '../support/flow.js';
import { basic, postForm } from '../support/http.js';
import { startInProcess } from '../support/in-process.js';
import { openidConfiguration } from '../support/openid.js';

const METHOD = 'tls_client_auth';

@ClientAuth(METHOD)
class TlsClientAuth implements ClientAuth {
  read({ headers }: OAuthRequest, parameters: Parameters): PresentedCredentials | undefined {
    const subject = headers['x-client-subject'];
    if (typeof subject !== 'string') return undefined;
    return { clientId: parameters.require('client_id'), verify: (client: Client) => subject === `CN=${client.name}` };
  }
}

@ClientAuth('client_secret_post', { replaces: true })
class NoSecretsInBodies implements ClientAuth {
  read(_request: OAuthRequest, parameters: Parameters): undefined {
    if (parameters.has('client_secret')) throw new InvalidClientError('client_secret_post is not wanted here');
  }
}

const tokens = async (
  server: { url: string },
  clientId: string,
  headers: Record<string, string>,
): Promise<[status: number, error: unknown]> => {
  const body = { grant_type: 'client_credentials', client_id: clientId };
  const response = await postForm(`${server.url}/oauth/token`, body, headers);
  return [response.status, ((await response.json()) as Record<string, unknown>).error];
};

it('proves who a client is, and nobody else (§2.3)', async () => {
  const server = await startInProcess({}, [TlsClientAuth]);
  const registration = {
    token_endpoint_auth_method: METHOD,
    client_name: 'Payments',
    grant_types: ['client_credentials'],
  };
  const client = await createClient(server, { ...registration, response_types: [], redirect_uris: [], scope: 'read' });
  const certificate = { 'x-client-subject': 'CN=Payments' };
  expect(await tokens(server, client.client_id, certificate)).toEqual([200, undefined]);
  expect(await tokens(server, client.client_id, { 'x-client-subject': 'CN=Evil' })).toEqual([401, 'invalid_client']);
  expect(await tokens(server, client.client_id, {})).toEqual([401, 'invalid_client']);
  // RFC 6749 §2.3: not two methods in one request, and none but the registered one.
  const two = { ...certificate, authorization: basic(client.client_id, client.client_secret ?? '') };
  expect(await tokens(server, client.client_id, two)).toEqual([400, 'invalid_request']);
  expect(await tokens(server, CLIENTS.machine.client_id, { 'x-client-subject': 'CN=Machine' })).toEqual([
    401,
    'invalid_client',
  ]);
  const supported = await openidConfiguration(server);
  for (const endpoint of ['token', 'revocation', 'introspection'])
    expect(supported[`${endpoint}_endpoint_auth_methods_supported`]).toContain(METHOD);
});

it('takes the place of a built-in one when it says so', async () => {
  const server = await startInProcess({}, [NoSecretsInBodies]);
  const parameters = { grant_type: 'authorization_code', code: 'unknown' };
  expect((await tokenRequest(server, CLIENTS.post, parameters)).status).toBe(401);
  expect(await (await tokenRequest(server, CLIENTS.web, parameters)).json()).toMatchObject({ error: 'invalid_grant' });
});
