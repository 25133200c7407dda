// People come from another implementation: `oidc-provider` of npm.
// @see OpenID Connect Core §3.1, §3.3 https://openid.net/specs/openid-connect-core-1_0.html#Authentication
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.js';
import { freePort, type RunningServer, startServer } from '../support/server.js';
import { Visitor } from '../support/visitor.js';
import { signedInAs } from './house.js';

const SECRET = 'the-secret-of-this-server-at-the-provider';

let server: RunningServer;
let provider: OidcProvider;

beforeAll(async () => {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const client = (name: string, metadata: object = {}) => ({
    client_id: name,
    client_secret: SECRET,
    redirect_uris: [`${url}/sign-in/with/${name}/callback`],
    ...metadata,
  });
  provider = await startOidcProvider({
    clients: [
      client('plain', {
        backchannel_logout_uri: `${url}/sign-in/with/plain/backchannel-logout`,
        backchannel_logout_session_required: true,
      }),
      client('posted'),
      client('hybrid', {
        application_type: 'native',
        response_types: ['code id_token'],
        grant_types: ['authorization_code', 'implicit'],
      }),
    ],
  });
  const registration = (name: string, options: object = {}) => ({
    name,
    client_id: name,
    client_secret: SECRET,
    server_metadata_url: provider.issuer,
    ...options,
  });
  server = await startServer({
    port,
    bootstrap: {
      identity_providers: [
        registration('plain'),
        registration('posted', { response_mode: 'form_post' }),
        registration('hybrid', { response_type: 'code id_token' }),
      ],
    },
  });
});

it('an account is made of what the userinfo endpoint says', async () => {
  const visitor = new Visitor();
  const home = await visitor.open(`${server.url}/sign-in/with/plain`);
  expect(home.url.href).toBe(`${server.url}/?notice=accountCreated`);
  expect(await signedInAs(server, visitor.jar(server.url))).toBe('alice');
});

it.each(['posted', 'hybrid'])('the same person comes back by an answer that the browser posts (%s)', async (name) => {
  const visitor = new Visitor();
  const home = await visitor.open(`${server.url}/sign-in/with/${name}`);
  expect(home.url.href).toBe(`${server.url}/`);
  expect(await signedInAs(server, visitor.jar(server.url))).toBe('alice');
});

it('goes on when the provider has other keys', async () => {
  await provider.rotateKeys();
  const visitor = new Visitor();
  await visitor.open(`${server.url}/sign-in/with/plain`);
  expect(await signedInAs(server, visitor.jar(server.url))).toBe('alice');
});

it('who signs out there is signed out here, in that browser alone', async () => {
  const [leaves, stays] = [new Visitor(), new Visitor()];
  for (const visitor of [leaves, stays]) await visitor.open(`${server.url}/sign-in/with/plain`);
  await leaves.open(`${provider.issuer}/session/end?client_id=plain`);
  expect(await signedInAs(server, leaves.jar(server.url))).toBeUndefined();
  expect(await signedInAs(server, stays.jar(server.url))).toBe('alice');
});
