// Who decides whether an access token is a JWT: the resource, else the client, else the server.
// @see RFC 9068 §3 https://www.rfc-editor.org/rfc/rfc9068#section-3
import { decodeProtectedHeader } from 'jose';
import { CLIENTS, RESOURCES, SCOPES } from '../support/fixtures.js';
import { clientCredentials, introspect } from '../support/flow.js';
import { startServer } from '../support/server.js';

const { api, machine, machineJwt } = CLIENTS;
const machineOpaque = { ...machine, client_id: 'machine-opaque', access_token_format: 'opaque' };
const clients = [api, machine, machineJwt, machineOpaque];
const resources = Object.values(RESOURCES);
const START = { bootstrap: { clients, scopes: SCOPES, resources } };

function formatOf(token: string): string {
  if (token.split('.').length !== 3) return 'opaque';
  return decodeProtectedHeader(token).typ === 'at+jwt' ? 'jwt' : 'something else';
}

describe.each([
  ['without a setting: opaque', {}, 'opaque'],
  ['jwt', { accessTokenFormat: 'jwt' }, 'jwt'],
])('a server whose access_token_format is %s', (_, options, ofServer) => {
  const starting = startServer({ ...START, options });

  it.each([
    ['neither resource nor client decides: the server', machine, undefined, ofServer],
    ['the client decides: jwt', machineJwt, undefined, 'jwt'],
    ['the client decides: opaque', machineOpaque, undefined, 'opaque'],
    ['the resource leaves it open, so does the client: the server', machine, RESOURCES.any, ofServer],
    ['the resource leaves it open, the client decides: jwt', machineJwt, RESOURCES.any, 'jwt'],
    ['the resource leaves it open, the client decides: opaque', machineOpaque, RESOURCES.any, 'opaque'],
    ['the resource decides, not the client: jwt', machineOpaque, RESOURCES.jwt, 'jwt'],
    ['the resource decides, not the client: opaque', machineJwt, RESOURCES.opaque, 'opaque'],
    ['the resource decides, not the server', machine, RESOURCES.opaque, 'opaque'],
  ])('%s (§3)', async (_title, client, resource, format) => {
    const server = await starting;
    const { access_token } = await clientCredentials(server, client, { scope: 'read', resource: resource?.identifier });
    expect(formatOf(access_token)).toBe(format);
    expect(await introspect(server, access_token)).toMatchObject({
      active: true,
      client_id: client.client_id,
      aud: resource?.identifier ?? server.issuer,
    });
  });
});
