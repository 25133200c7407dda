// Sector identifiers are read and validated when a client registers.
// @see OIDC Registration §5 https://openid.net/specs/openid-connect-registration-1_0.html#SectorIdentifierValidation
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { onClose } from '../support/cleanup.js';
import { bootstrap } from '../support/fixtures.js';
import { authorize, redeem, signUp } from '../support/flow.js';
import { manage, postMetadata, refusal, register } from '../support/registration.js';
import { type RunningServer, startServer } from '../support/server.js';

const URIS = ['https://one.example/callback', 'https://two.example/callback'];
const CLIENT = { redirect_uris: URIS, subject_type: 'pairwise' };
const PROBLEM = 'sector_identifier_uri must be the URL of a JSON list that has every redirect URI.';

let server: RunningServer;
let base: string;
let asked: string[] = [];
const answers: Record<string, [status: number, body: string]> = {
  '/good': [200, JSON.stringify([...URIS, 'https://three.example/callback'])],
  '/incomplete': [200, JSON.stringify([URIS[0]])],
  '/object': [200, JSON.stringify({ redirect_uris: URIS })],
  '/html': [200, '<html>'],
  '/missing': [404, JSON.stringify(URIS)],
  '/redirect': [302, ''],
  '/large': [200, JSON.stringify([...URIS, 'x'.repeat(70_000)])],
};

beforeAll(async () => {
  const documents = createServer((request, response) => {
    asked.push(request.url!);
    const [status, body] = answers[request.url!];
    response.writeHead(status, { location: '/good' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(documents, 'listening');
  onClose(() => documents.close());
  const { port } = documents.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  server = await startServer({ bootstrap: bootstrap(), env: { OUTBOUND_ALLOW: `127.0.0.1:${port}` } });
}, 60_000);
beforeEach(() => (asked = []));

const attempt = async (uri: string, metadata: object = CLIENT): Promise<[number, string, string]> =>
  refusal(await postMetadata(server, { ...metadata, sector_identifier_uri: uri }));

it('takes redirect URIs of several hosts that the document lists', async () => {
  const client = await register(server, { ...CLIENT, sector_identifier_uri: `${base}/good` });
  expect(client).toMatchObject({ ...CLIENT, sector_identifier_uri: `${base}/good` });
  expect(asked).toEqual(['/good']);
});

it('makes one pairwise subject for the clients of a sector', async () => {
  const { jar } = await signUp(server);
  const subjects: string[] = [];
  for (const uri of URIS) {
    const client = await register(server, { ...CLIENT, redirect_uris: [uri], sector_identifier_uri: `${base}/good` });
    const flow = await authorize(server, { client_id: client.client_id, redirect_uri: uri, scope: 'openid' }, jar);
    const { id_token: idToken } = await redeem(server, client, { ...flow, redirectUri: uri });
    subjects.push(decodeJwt(idToken!).sub!);
  }
  expect(subjects[0]).toBe(subjects[1]);
});

it.each(['/incomplete', '/object', '/html', '/missing', '/redirect', '/large'])('refuses %s', async (path) => {
  expect(await attempt(base + path)).toEqual([400, 'invalid_client_metadata', PROBLEM]);
  expect(asked).toEqual([path]);
});

it.each([
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0x7f000001/',
  'https://[::ffff:127.0.0.1]/',
  'https://localhost/',
])('says no more of %s, which it does not ask', async (uri) => {
  expect(await attempt(uri)).toEqual([400, 'invalid_client_metadata', PROBLEM]);
});

it('is not asked for with metadata that is refused anyway', async () => {
  const [status] = await attempt(`${base}/good`, { ...CLIENT, id_token_signed_response_alg: 'unknown' });
  expect([status, asked]).toEqual([400, []]);
});

it('is validated with public subjects too', async () => {
  expect((await attempt(`${base}/incomplete`, { redirect_uris: URIS }))[0]).toBe(400);
});

it('is validated with every update (RFC 7592 §2.2)', async () => {
  const client = await register(server, { ...CLIENT, sector_identifier_uri: `${base}/good` });
  const body = { ...CLIENT, client_id: client.client_id, sector_identifier_uri: `${base}/good` };
  const more = { ...body, redirect_uris: [...URIS, 'https://four.example/callback'] };
  expect(await refusal(await manage(client, 'PUT', more))).toEqual([400, 'invalid_client_metadata', PROBLEM]);
  expect((await manage(client, 'PUT', body)).status).toBe(200);
});
