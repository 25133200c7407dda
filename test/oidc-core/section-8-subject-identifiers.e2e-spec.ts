// Public and pairwise subject identifiers.
// @see OIDC Core §8 https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes
import { decodeJwt } from 'jose';
import { createClient, type CreatedClient } from '../support/clients.js';
import { authorize, introspect, redeem, signUp, tokenRequest } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();

async function clientAt(host: string, metadata: object = {}): Promise<CreatedClient> {
  return createClient(server, {
    subject_type: 'pairwise',
    redirect_uris: [`https://${host}/callback`],
    grant_types: ['authorization_code', 'refresh_token', 'implicit'],
    response_types: ['code', 'code id_token'],
    ...metadata,
  });
}

interface Told {
  subject: string;
  idToken: string;
  accessToken: string;
  refreshToken: string;
}

/** What the client is told of the user, by the whole flow. */
async function ask(client: CreatedClient, jar: CookieJar): Promise<Told> {
  const redirectUri = client.redirect_uris[0];
  const flow = await authorize(
    server,
    {
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: 'code id_token',
      scope: 'openid offline_access',
      prompt: 'consent',
      nonce: 'n',
    },
    jar,
  );
  const front = await verifyIdToken(server, client.client_id, flow.params.id_token);
  const tokens = await redeem(server, client, { ...flow, redirectUri });
  const back = await verifyIdToken(server, client.client_id, tokens.id_token);
  expect(back.claims.sub).toBe(front.claims.sub);
  return {
    subject: front.claims.sub!,
    idToken: tokens.id_token!,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token!,
  };
}

describe('pairwise (§8.1)', () => {
  it('is the same for one client again and again, and says nothing of the account', async () => {
    const client = await clientAt('one.example');
    const { jar } = await signUp(server);
    const { subject } = await ask(client, jar);
    expect((await ask(client, jar)).subject).toBe(subject);
    const publicClient = await createClient(server, {
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
      response_types: ['code id_token'],
    });
    expect((await ask(publicClient, jar)).subject).not.toBe(subject);
  });

  it('differs between sectors and between users, and is shared within a sector', async () => {
    const { jar } = await signUp(server);
    const one = await ask(await clientAt('sector.example'), jar);
    const same = await ask(await clientAt('sector.example'), jar);
    const other = await ask(await clientAt('elsewhere.example'), jar);
    expect(same.subject).toBe(one.subject);
    expect(other.subject).not.toBe(one.subject);
    const { jar: another } = await signUp(server);
    expect((await ask(await clientAt('sector.example'), another)).subject).not.toBe(one.subject);
  });

  it('is what userinfo, introspection and the refreshed ID token say as well', async () => {
    const client = await clientAt('everywhere.example');
    const { jar } = await signUp(server);
    const { subject, accessToken, refreshToken } = await ask(client, jar);
    expect(await (await userinfo(server, accessToken)).json()).toMatchObject({ sub: subject });
    expect(await introspect(server, accessToken, client)).toMatchObject({ sub: subject });
    const refreshed = await tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: refreshToken });
    const { id_token } = (await refreshed.json()) as { id_token: string };
    expect((await verifyIdToken(server, client.client_id, id_token)).claims.sub).toBe(subject);
  });

  it('comes without the user name at introspection, by which clients could find out that they have one user', async () => {
    const client = await clientAt('nameless.example');
    const { jar } = await signUp(server);
    const { accessToken, refreshToken } = await ask(client, jar);
    expect(await introspect(server, accessToken, client)).not.toHaveProperty('username');
    expect(await introspect(server, refreshToken, client)).not.toHaveProperty('username');
  });

  it('is what a JWT access token says as well (RFC 9068 §2.2.1)', async () => {
    const client = await clientAt('jwt.example', { access_token_format: 'jwt' });
    const { jar } = await signUp(server);
    const { subject, accessToken } = await ask(client, jar);
    expect(decodeJwt(accessToken).sub).toBe(subject);
  });
});

it('the sid of a session cannot be compared between sectors either', async () => {
  const { jar } = await signUp(server);
  const sidOf = async (host: string): Promise<unknown> => decodeJwt((await ask(await clientAt(host), jar)).idToken).sid;
  const [one, again, other] = [
    await sidOf('sid.example'),
    await sidOf('sid.example'),
    await sidOf('other-sid.example'),
  ];
  expect(one).toEqual(expect.any(String));
  expect([again === one, other === one]).toEqual([true, false]);
});

it('both types are in the metadata (Discovery §3)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({ subject_types_supported: ['public', 'pairwise'] });
});
