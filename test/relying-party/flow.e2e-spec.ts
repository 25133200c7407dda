// The authorization code flow of the relying party, against this server and against oidc-provider, on Fastify and Express.
// @see RFC 6749 §4.1, RFC 9700 §4.7, OIDC Core §3 https://openid.net/specs/openid-connect-core-1_0.html
import { createClient } from '../support/clients.js';
import { signIn } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { Visitor } from '../support/visitor.js';
import { ADAPTERS, answerIn, startRelyingParty } from './relying-party.js';

const server = sharedServer();

describe.each(ADAPTERS)('on %s', (adapter) => {
  it('signs in with this server', async () => {
    const host = await startRelyingParty({ adapter });
    const client = await createClient(server, { redirect_uris: [host.callback('own')] });
    host.add('own', {
      clientId: client.client_id,
      clientSecret: client.client_secret,
      serverMetadataUrl: server.issuer,
      scope: 'openid profile',
    });
    const visitor = new Visitor();
    await signIn(server, undefined, visitor.jar(server.issuer));
    const { token } = answerIn(await visitor.open(`${host.url}/login/own`));
    expect(token).toMatchObject({ token_type: 'bearer', userinfo: { iss: server.issuer, aud: client.client_id } });
    expect(token?.expires_at).toBeGreaterThan(Date.now() / 1000);
  });
});
