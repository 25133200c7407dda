// Any program on the machine may answer at a loopback or private-use URI: consent is always asked again.
// @see RFC 8252 §8.6, RFC 6749 §10.2 https://www.rfc-editor.org/rfc/rfc8252#section-8.6
import { ask } from '../support/authorization-request.js';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, signUp } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { native, spa, web } = CLIENTS;

let jar: CookieJar;
beforeEach(async () => void ({ jar } = await signUp(server)));

const pagesOf = async (clientId: string, redirectUri: string): Promise<string[]> => {
  const { pages, code } = await authorize(
    server,
    { client_id: clientId, redirect_uri: redirectUri, scope: 'read' },
    jar,
  );
  expect(code).not.toBe('');
  return pages;
};

it.each(['http://127.0.0.1:5001/callback', 'http://[::1]:5002/callback', 'com.example.native:/callback'])(
  'asks every time for %s (§8.6)',
  async (uri) => {
    expect(await pagesOf(native.client_id, uri)).toEqual(['consent']);
    expect(await pagesOf(native.client_id, uri)).toEqual(['consent']);
  },
);

it('asks every time for the name localhost as well (§8.6)', async () => {
  const uri = 'http://localhost:5003/callback';
  const client = await createClient(server, {
    token_endpoint_auth_method: 'none',
    redirect_uris: [uri],
    skip_consent: undefined,
  });
  expect(await pagesOf(client.client_id, uri)).toEqual(['consent']);
  expect(await pagesOf(client.client_id, uri)).toEqual(['consent']);
});

it('never answers silently: prompt=none is consent_required, also after a consent (§8.6, OIDC Core §3.1.2.6)', async () => {
  const uri = 'http://127.0.0.1:5004/callback';
  await pagesOf(native.client_id, uri);
  const silent = { client_id: native.client_id, redirect_uri: uri, scope: 'read', prompt: 'none' };
  expect(await ask(server, silent, { jar })).toMatchObject({ kind: 'answer', params: { error: 'consent_required' } });
});

it('lets a refusal be one, also after a consent (§8.6)', async () => {
  const request = { client_id: native.client_id, redirect_uri: 'http://127.0.0.1:5005/callback', scope: 'read' };
  await authorize(server, request, jar);
  const { params } = await authorize(server, request, { jar, decision: 'deny' });
  expect(params.error).toBe('access_denied');
});

it('asks once where the URI belongs to one application: https, public or confidential (§7.2, §8.6)', async () => {
  for (const client of [spa, web]) {
    expect(await pagesOf(client.client_id, client.redirect_uris[0])).toEqual(['consent']);
    expect(await pagesOf(client.client_id, client.redirect_uris[0])).toEqual([]);
  }
});

it('asks once of a confidential client on a loopback URI, which proves who it is (§8.6)', async () => {
  const uri = 'http://127.0.0.1:5006/callback';
  const client = await createClient(server, { redirect_uris: [uri], skip_consent: undefined });
  expect(await pagesOf(client.client_id, uri)).toEqual(['consent']);
  expect(await pagesOf(client.client_id, uri)).toEqual([]);
});
