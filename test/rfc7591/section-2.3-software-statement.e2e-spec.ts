// Software statements: metadata that somebody whom the operator trusts has signed.
// @see RFC 7591 §2.3, §3.1.1 https://www.rfc-editor.org/rfc/rfc7591#section-2.3
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientKey, clientKey, jwksOf, signClaims } from '../support/client-keys.js';
import { onClose } from '../support/cleanup.js';
import { bootstrap } from '../support/fixtures.js';
import { manage, METADATA, postMetadata, refusal, register, type Registered } from '../support/registration.js';
import { type RunningServer, startServer } from '../support/server.js';

const TRUSTED = 'https://trusted.example';
const BY_URL = 'https://by-url.example';
const now = Math.floor(Date.now() / 1000);

let server: RunningServer;
let key: ClientKey;
let urlKey: ClientKey;
let other: ClientKey;
beforeAll(async () => {
  [key, urlKey, other] = [await clientKey('ES256'), await clientKey('EdDSA'), await clientKey('ES256')];
  const documents = createServer((_, response) => response.end(JSON.stringify(jwksOf(urlKey)))).listen(0, '127.0.0.1');
  await once(documents, 'listening');
  onClose(() => documents.close());
  const host = `127.0.0.1:${(documents.address() as AddressInfo).port}`;
  server = await startServer({
    bootstrap: bootstrap(),
    env: { OUTBOUND_ALLOW: host },
    options: {
      softwareStatementIssuers: { [TRUSTED]: { jwks: jwksOf(key) }, [BY_URL]: { jwks_uri: `http://${host}/jwks` } },
    },
  });
}, 60_000);

const sign = (claims: object, by = key, header: Record<string, unknown> = {}): Promise<string> =>
  signClaims(by, { iss: TRUSTED, ...claims }, header);
const codeOf = async (statement: unknown): Promise<[number, string]> => {
  const response = await postMetadata(server, { ...METADATA, software_statement: statement });
  const [status, code] = await refusal(response);
  return [status, code];
};

it('goes before what is said beside it, and is answered as it was given', async () => {
  const statement = await sign({
    software_id: '4NRB1-0XZABZI9E6-5SM3R',
    client_name: 'Signed',
    client_uri: 'https://signed.example/',
    skipped_claim: 1,
  });
  const client = await register(server, { ...METADATA, client_name: 'Unsigned', software_statement: statement });
  expect(client).toMatchObject({
    client_name: 'Signed',
    client_uri: 'https://signed.example/',
    software_id: '4NRB1-0XZABZI9E6-5SM3R',
    redirect_uris: METADATA.redirect_uris,
    software_statement: statement,
  });
  expect(client).not.toHaveProperty('skipped_claim');
  expect(await (await manage(client, 'GET')).json()).toMatchObject({ software_statement: statement });
});

it('is of an issuer whose keys are at a URL', async () => {
  const statement = await sign({ iss: BY_URL, client_name: 'By URL' }, urlKey);
  expect((await register(server, { ...METADATA, software_statement: statement })).client_name).toBe('By URL');
});

it('may bring everything', async () => {
  const statement = await sign({
    redirect_uris: ['https://signed.example/callback'],
    aud: server.issuer,
    exp: now + 60,
  });
  const { redirect_uris: uris } = await register(server, { software_statement: statement });
  expect(uris).toEqual(['https://signed.example/callback']);
});

it('goes with an update that does not repeat it (RFC 7592 §2.2)', async () => {
  const client = await register(server, { ...METADATA, software_statement: await sign({ client_name: 'Signed' }) });
  const response = await manage(client, 'PUT', { client_id: client.client_id, ...METADATA });
  const after = (await response.json()) as Registered;
  expect(after).not.toHaveProperty('software_statement');
  expect(after).not.toHaveProperty('client_name');
});

it('is unapproved when nobody trusts its issuer', async () => {
  const statement = await signClaims(key, { iss: 'https://unknown.example', client_name: 'X' });
  expect(await codeOf(statement)).toEqual([400, 'unapproved_software_statement']);
});

it.each<[string, () => unknown]>([
  ['is no text', () => 7],
  ['is no JWT', () => 'x.y'],
  ['has no iss', () => signClaims(key, { client_name: 'X' })],
  ['is signed with another key', () => sign({}, other)],
  ['is signed by another issuer', () => sign({ iss: BY_URL })],
  [
    'is not signed',
    () =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: TRUSTED })).toString('base64url')}.x`,
  ],
  ['names an unknown key', () => sign({}, key, { kid: 'unknown' })],
  ['brings its key along', () => sign({}, other, { jwk: other.publicJwk })],
  ['names where its key is', () => sign({}, key, { jku: 'https://evil.example/jwks' })],
  ['has expired', () => sign({ exp: now - 60 })],
  ['is not valid yet', () => sign({ nbf: now + 3600 })],
  ['is for somebody else', () => sign({ aud: 'https://elsewhere.example' })],
  ['is longer than anybody needs', () => sign({ software_id: 'x'.repeat(40_000) })],
])('is invalid when it %s', async (_, make) => {
  expect(await codeOf(await make())).toEqual([400, 'invalid_software_statement']);
});

it('is not believed when it was changed', async () => {
  const [header, , signature] = (await sign({ client_name: 'Signed' })).split('.');
  const claims = Buffer.from(JSON.stringify({ iss: TRUSTED, client_name: 'Changed' })).toString('base64url');
  expect(await codeOf(`${header}.${claims}.${signature}`)).toEqual([400, 'invalid_software_statement']);
});

it('gives no right that only an administrator gives', async () => {
  for (const claims of [{ skip_consent: true }, { scope: 'users:write' }, { redirect_uris: ['javascript:alert(1)'] }])
    expect((await codeOf(await sign(claims)))[1]).toMatch(/^invalid_(client_metadata|redirect_uri)$/);
});

it('needs keys of each issuer from the start', async () => {
  const failing = await startServer({
    options: { softwareStatementIssuers: { [TRUSTED]: {} } },
    waitUntilReady: false,
  });
  expect(await failing.exited).toBe(1);
  expect(failing.logs()).toContain(`softwareStatementIssuers: ${TRUSTED} must have`);
});
