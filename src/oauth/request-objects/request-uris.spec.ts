// Reading request objects from servers of clients: how often, and how many at a time.
import { hash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '../../clients/client.js';
import { parseClientMetadata } from '../../clients/client-metadata.js';
import { InvalidRequestUriError, TemporarilyUnavailableError } from '../../common/oauth-error.js';
import { OutboundRequests } from '../../outbound/outbound-requests.js';
import { RequestUris } from './request-uris.js';

const SLOTS = 50;

let server: Server;
let origin: string;
let reads: string[];
/** Undefined: whoever asks waits. */
let content: string | undefined;
let waiting: ServerResponse[];
let uris: RequestUris;

beforeAll(async () => {
  server = createServer((request, response) => {
    reads.push(request.url ?? '');
    if (content === undefined) waiting.push(response);
    else response.end(content);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => server.close(closed)));

beforeEach(() => {
  [reads, waiting, content] = [[], [], undefined];
  uris = new RequestUris(new OutboundRequests({ allowList: ['127.0.0.1'], timeout: 60_000 }));
});

function clientOf(...paths: string[]): Client {
  const members = { redirect_uris: ['https://a.example/'], request_uris: paths.map((path) => origin + path) };
  return new Client('web', parseClientMetadata(members, 'administrator'), [], null, false, new Date(0));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((turn) => setTimeout(turn, 5));
}

it('reads one URL once for many who ask at a time', async () => {
  const client = clientOf('/one');
  const answers = Array.from({ length: 20 }, () => uris.read(client, `${origin}/one`));
  await until(() => waiting.length > 0);
  waiting[0].end('object');
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['object']));
  expect(reads).toEqual(['/one']);
});

it('reads fifty URLs at a time and turns the next one away, until one of them is done', async () => {
  const client = clientOf(...Array.from({ length: SLOTS + 1 }, (_, index) => `/slow-${index}`));
  const answers = Array.from({ length: SLOTS }, (_, index) => uris.read(client, `${origin}/slow-${index}`));
  const next = `${origin}/slow-${SLOTS}`;
  await expect(uris.read(client, next)).rejects.toThrow(TemporarilyUnavailableError);
  await until(() => waiting.length === SLOTS);
  for (const response of waiting.splice(0)) response.end('slow');
  expect(await Promise.all(answers)).toHaveLength(SLOTS);
  content = 'next';
  expect(await uris.read(client, next)).toBe('next');
});

it('says so too when the server has no outbound request left', async () => {
  uris = new RequestUris(new OutboundRequests({ allowList: ['127.0.0.1'], maxConcurrent: 0 }));
  await expect(uris.read(clientOf('/one'), `${origin}/one`)).rejects.toThrow(TemporarilyUnavailableError);
});

it('keeps what a hash names, and nothing else', async () => {
  const client = clientOf('/kept');
  content = 'first';
  const named = `${origin}/kept#${hash('sha256', 'first', 'base64url')}`;
  for (let round = 0; round < 3; round++) expect(await uris.read(client, named)).toBe('first');
  expect(reads).toHaveLength(1);
  content = 'second';
  expect(await uris.read(client, named)).toBe('first');
  expect(await uris.read(client, `${origin}/kept`)).toBe('second');
  expect(await uris.read(client, `${origin}/kept`)).toBe('second');
  expect(reads).toHaveLength(3);
});

it('keeps two hundred of them, and forgets the oldest one first', async () => {
  const client = clientOf('/kept');
  const read = (text: string): Promise<string> => {
    content = text;
    return uris.read(client, `${origin}/kept#${hash('sha256', text, 'base64url')}`);
  };
  for (let index = 0; index <= 200; index++) await read(`object ${index}`);
  expect(reads).toHaveLength(201);
  await read('object 200');
  expect(reads).toHaveLength(201);
  await read('object 0');
  expect(reads).toHaveLength(202);
});

it('tells nobody why nothing was there', async () => {
  const client = clientOf('/away');
  await new Promise((closed) => server.close(closed));
  const error: unknown = await uris.read(client, `${origin}/away`).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidRequestUriError);
  expect((error as InvalidRequestUriError).description).toBe('There is no request object at the request_uri.');
});
