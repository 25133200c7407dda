// An endpoint of a host application, in one file: at its own address, or at that of a built-in one.
// @see RFC 8414 §2 https://www.rfc-editor.org/rfc/rfc8414#section-2
import {
  AccessDeniedError,
  ClientAuthenticator,
  Endpoint,
  EndpointController,
  type EndpointResponder,
  Introspection,
  jsonResponse,
  NO_STORE,
  type OAuthRequest,
  type OAuthResponse,
  readForm,
} from 'nest-authorization-server';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect } from '../support/flow.js';
import { basic, postForm } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration } from '../support/openid.js';

@Endpoint({
  name: 'whoami',
  path: '/oauth/whoami',
  methods: ['POST'],
  metadata: 'whoami_endpoint',
  capabilities: { whoami_supported: true },
  cors: 'anyone',
})
class WhoamiEndpoint extends EndpointController {
  constructor(private readonly authenticator: ClientAuthenticator) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const client = await this.authenticator.authenticate(request, readForm(request));
    if (client.id === CLIENTS.other.client_id) throw new AccessDeniedError('Not you.');
    return jsonResponse(200, { client_id: client.id }, NO_STORE);
  }
}

@Endpoint({ name: 'introspection', replaces: true, capabilities: { audited: true } })
class AuditedIntrospection implements EndpointResponder {
  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly introspection: Introspection,
  ) {}

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const parameters = readForm(request);
    const client = await this.authenticator.authenticate(request, parameters);
    const answer = await this.introspection.introspect(client, parameters.require('token'));
    return jsonResponse(200, { ...answer, audited: true }, NO_STORE);
  }
}

@Endpoint({
  name: 'ping',
  path: '/oauth/ping',
  methods: ['GET'],
  metadata: 'ping_endpoint',
  isOn: ({ signUp }) => signUp,
})
class PingEndpoint extends EndpointController {
  respond(): OAuthResponse {
    return jsonResponse(200, { pong: true });
  }
}

@Endpoint({ name: 'token', path: '/oauth/second-token', methods: ['POST'] })
class SecondTokenEndpoint extends EndpointController {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

@Endpoint({ name: 'authorization', replaces: true })
class OtherAuthorizationEndpoint implements EndpointResponder {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

describe('an endpoint of its own', () => {
  let server: InProcessServer;
  const call = ({ client_id, client_secret }: { client_id: string; client_secret: string }): Promise<Response> =>
    postForm(
      `${server.url}/oauth/whoami`,
      {},
      { authorization: basic(client_id, client_secret), origin: 'https://a.example' },
    );

  beforeAll(async () => void (server = await startInProcess({ signUp: false }, [WhoamiEndpoint, PingEndpoint])));

  it('answers at its address, to whose pages it says', async () => {
    const response = await call(CLIENTS.web);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ client_id: 'web' });
  });

  it('refuses by errors of the protocol (RFC 6749 §5.2)', async () => {
    const response = await call(CLIENTS.other);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: 'access_denied', error_description: 'Not you.' });
    expect((await call({ ...CLIENTS.web, client_secret: 'wrong' })).status).toBe(401);
  });

  it('takes its methods alone', async () => {
    const response = await fetch(`${server.url}/oauth/whoami`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('is in the metadata with its capabilities (RFC 8414 §2)', async () => {
    expect(await openidConfiguration(server)).toMatchObject({
      whoami_endpoint: `${server.issuer}/oauth/whoami`,
      whoami_supported: true,
    });
  });

  it('is neither there nor advertised when it is switched off', async () => {
    expect((await fetch(`${server.url}/oauth/ping`)).status).toBe(404);
    expect(await openidConfiguration(server)).not.toHaveProperty('ping_endpoint');
  });
});

it('answers at the address of a built-in one when it says that it replaces it; the rest stays', async () => {
  const server = await startInProcess({}, [AuditedIntrospection]);
  const { access_token } = await clientCredentials(server, CLIENTS.machine);
  expect(await introspect(server, access_token)).toMatchObject({ active: true, audited: true });
  expect((await fetch(`${server.url}/oauth/introspect`)).status).toBe(405);
  expect(await openidConfiguration(server)).toMatchObject({
    introspection_endpoint: `${server.issuer}/oauth/introspect`,
    audited: true,
  });
});

it.each([
  [
    'has the name of another one',
    SecondTokenEndpoint,
    "@Endpoint('token') is provided twice: SecondTokenEndpoint and TokenController.",
  ],
  [
    'would replace pages',
    OtherAuthorizationEndpoint,
    "@Endpoint('authorization') cannot be replaced: its answers are pages.",
  ],
])('one that %s stops the start', async (_what, plugin, message) => {
  await expect(startInProcess({}, [plugin])).rejects.toThrow(message);
});
