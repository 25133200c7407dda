// The keys of clients at their jwks_uri, over HTTP: how often it is read, and what counts when it cannot be.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { OutboundRequests } from '../outbound/outbound-requests.js';
import { ClientKeys } from './client-keys.js';
import { parseClientMetadata } from './client-metadata.js';
import { Client } from './client.js';

const [FIRST, SECOND] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
const MINUTE = 60_000;

let server: Server;
let base: string;
let keys: ClientKeys;
/** What is published, and how; undefined: an error. */
let published: Record<string, KeyObject> | undefined;
let cacheControl: string | undefined;
let text: string | undefined;
let reads: number;
let now: number;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = createServer((_, reply) => {
    reads++;
    if (!published) return void reply.writeHead(500).end();
    if (cacheControl !== undefined) reply.setHeader('cache-control', cacheControl);
    const set = Object.entries(published).map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid }));
    reply.end(text ?? JSON.stringify({ keys: set }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((done) => server.close(done)));

beforeEach(() => {
  published = { first: FIRST };
  [cacheControl, text, reads, now] = [undefined, undefined, 0, Date.now()];
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  keys = new ClientKeys(new OutboundRequests({ allowList: [base] }));
});

afterEach(() => jest.restoreAllMocks());

function clientOf(members: object = { jwks_uri: `http://${base}/jwks` }): Client {
  const metadata = parseClientMetadata({ redirect_uris: ['https://client.example/'], ...members }, 'administrator');
  return new Client('client', metadata, [], null, false, new Date(0));
}

const knows = async (kid: string, client = clientOf()): Promise<boolean> =>
  (await keys.findVerificationKey(client, { alg: 'ES256', kid })) !== undefined;

it('takes the keys that are registered, and asks nobody', async () => {
  const jwks = { keys: [{ ...FIRST.export({ format: 'jwk' }), kid: 'own' }] };
  expect([await knows('own', clientOf({ jwks })), await knows('first', clientOf({ jwks }))]).toEqual([true, false]);
  expect((await keys.findEncryptionKey(clientOf({ jwks }), 'ECDH-ES'))?.kid).toBe('own');
  expect([await knows('first', clientOf({})), reads]).toEqual([false, 0]);
});

it('reads the document once for many, and answers from it', async () => {
  expect(await Promise.all(Array.from({ length: 20 }, () => knows('first')))).not.toContain(false);
  expect((await keys.findEncryptionKey(clientOf(), 'ECDH-ES'))?.key.equals(FIRST)).toBe(true);
  expect(reads).toBe(1);
});

it('reads it again for an unknown kid, at most twice in 15 seconds', async () => {
  expect(await knows('first')).toBe(true);
  published = { second: SECOND };
  expect(await Promise.all(Array.from({ length: 20 }, () => knows('second')))).not.toContain(false);
  expect([await knows('first'), reads]).toEqual([false, 2]);
  published = { third: FIRST };
  for (let index = 0; index < 20; index++) expect(await knows(`unknown-${index}`)).toBe(false);
  expect([await knows('third'), reads]).toEqual([false, 2]);
  now += 15_000;
  expect([await knows('third'), reads]).toEqual([true, 3]);
});

it.each([
  ['nothing', undefined, 10 * MINUTE],
  ['max-age=300', 'public, max-age=300', 5 * MINUTE],
  ['a shorter time than a minute', 'max-age=1', MINUTE],
  ['no-store', 'no-store', MINUTE],
  ['a longer time than a day', 'max-age=999999999', 1440 * MINUTE],
  ['another directive', 's-maxage=86400', 10 * MINUTE],
])('keeps it as long as it says: %s', async (_, header, age) => {
  cacheControl = header;
  await knows('first');
  now += age - 1;
  expect([await knows('first'), reads]).toEqual([true, 1]);
  now += 1;
  expect([await knows('first'), reads]).toEqual([true, 2]);
});

it('forgets a key that is not published any more', async () => {
  await knows('first');
  published = { second: SECOND };
  now += 10 * MINUTE;
  expect(await knows('first')).toBe(false);
});

it('goes on for an hour with an old document when there is no new one, and asks now and then', async () => {
  await knows('first');
  published = undefined;
  now += 10 * MINUTE;
  for (let index = 0; index < 10; index++) expect(await knows('first')).toBe(true);
  expect(reads).toBe(3);
  now += 59 * MINUTE;
  expect([await knows('first'), reads]).toEqual([true, 4]);
  now += MINUTE;
  expect(await knows('first')).toBe(false);
  published = { first: FIRST };
  now += MINUTE;
  expect(await knows('first')).toBe(true);
});

it('does not ask a server that fails with every request', async () => {
  published = undefined;
  for (let index = 0; index < 10; index++) expect(await knows('first')).toBe(false);
  expect(reads).toBe(2);
});

it.each(['', '{', '[]', '{"keys":{}}', 'null', `{"keys":[${'{},'.repeat(101)}{}]}`, `{"x":"${'x'.repeat(200_000)}"}`])(
  'takes nothing from what is no JWK Set: %.30s',
  async (document) => {
    text = document;
    expect(await knows('first')).toBe(false);
  },
);

it('keeps the documents of so many clients and no more', async () => {
  const clientAt = (index: number): Client => clientOf({ jwks_uri: `http://${base}/${index}` });
  for (let index = 0; index <= 1_000; index++) await knows('first', clientAt(index));
  reads = 0;
  await knows('first', clientAt(1_000));
  expect(reads).toBe(0);
  await knows('first', clientAt(0));
  expect(reads).toBe(1);
});

it('tells keys that cannot be read from keys that are not there', async () => {
  const client = clientOf();
  expect([await knows('other', client), keys.isAway(client)]).toEqual([false, false]);
  published = undefined;
  now += 2 * MINUTE;
  expect([await knows('other', client), keys.isAway(client)]).toEqual([false, true]);
  published = { first: FIRST };
  now += 2 * MINUTE;
  expect([await knows('other', client), keys.isAway(client)]).toEqual([false, false]);
  expect(keys.isAway(clientOf({ jwks: { keys: [FIRST.export({ format: 'jwk' })] } }))).toBe(false);
});
