// Outbound requests over real sockets: where they may go, and how they end with a server that means no good.
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import type { OutboundFailure } from './outbound-error.js';
import { OutboundRequests, type OutboundSettings } from './outbound-requests.js';

const open: (Server | SocketServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function listen(server: Server | SocketServer): Promise<number> {
  open.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** A server that answers, and requests that may reach it. */
async function serve(
  listener: RequestListener,
  settings: Partial<OutboundSettings> = {},
): Promise<{ url: string; port: number; outbound: OutboundRequests }> {
  const port = await listen(createServer(listener));
  const outbound = new OutboundRequests({ allowList: [`127.0.0.1:${port}`], ...settings });
  return { url: `http://127.0.0.1:${port}/`, port, outbound };
}

/** A server that says whatever it wants, in bytes. */
async function speak(
  talk: (socket: Socket) => void,
  settings: Partial<OutboundSettings> = {},
): Promise<{ url: string; port: number; outbound: OutboundRequests }> {
  const port = await listen(createSocketServer(talk));
  const outbound = new OutboundRequests({ allowList: [`127.0.0.1:${port}`], ...settings });
  return { url: `http://127.0.0.1:${port}/`, port, outbound };
}

const JSON_DOCUMENT = { accept: 'application/json', maxBytes: 1000 };
const failureOf = (answer: Promise<unknown>): Promise<OutboundFailure | 'none'> =>
  answer.then(
    () => 'none',
    (error) => error.failure ?? error,
  );

describe('get', () => {
  it('answers the document with its headers, and asks for what is wanted', async () => {
    let asked: unknown;
    const { url, outbound } = await serve(({ method, url: path, headers }, reply) => {
      asked = { method, path, accept: headers.accept, encoding: headers['accept-encoding'] };
      reply.writeHead(200, { 'cache-control': 'max-age=60' }).end('{}');
    });
    const { body, headers } = await outbound.get(`${url}keys?a=b#part`, JSON_DOCUMENT);
    expect([body.toString(), headers['cache-control']]).toEqual(['{}', 'max-age=60']);
    const { accept } = JSON_DOCUMENT;
    expect(asked).toEqual({ method: 'GET', path: '/keys?a=b', accept, encoding: 'identity' });
  });

  it.each([201, 204, 400, 404, 500])('fails with the status %i', async (status) => {
    const { url, outbound } = await serve((_, reply) => void reply.writeHead(status).end());
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('status');
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect with status %i', async (status) => {
    const paths: unknown[] = [];
    const { url, outbound } = await serve(({ url: path }, reply) => {
      paths.push(path);
      reply.writeHead(status, { location: '/elsewhere' }).end();
    });
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('redirected');
    expect(paths).toEqual(['/']);
  });

  it.each([
    ['says so before', { 'content-length': '1001' }],
    ['does not say so', { 'transfer-encoding': 'chunked' }],
  ])('reads no document that is too large and %s', async (_, headers) => {
    const { url, outbound } = await serve(
      (_request, reply) => void reply.writeHead(200, headers).end('x'.repeat(1001)),
    );
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('too_large');
    expect((await outbound.get(url, { ...JSON_DOCUMENT, maxBytes: 1001 })).body).toHaveLength(1001);
  });

  it('stops reading a document without end', async () => {
    let written = 0;
    const { url, outbound } = await serve((_, reply) => {
      const write = (): void => {
        while (!reply.destroyed && reply.write('x'.repeat(10_000))) written += 10_000;
      };
      reply.on('drain', write);
      write();
    });
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('too_large');
    expect(written).toBeLessThan(50_000_000);
  });

  it('takes no content coding that it did not ask for', async () => {
    const { url, outbound } = await serve(
      (_, reply) => void reply.writeHead(200, { 'content-encoding': 'gzip' }).end(),
    );
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('encoded');
  });

  it('ends with a server that is cut off within the document', async () => {
    const { url, outbound } = await serve((_, reply) => {
      reply.writeHead(200, { 'content-length': '100' }).write('x', () => reply.destroy());
    });
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('unreachable');
  });

  it.each([
    ['nothing', () => undefined],
    ['its headers byte by byte', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-Slow: ')],
    ['its document byte by byte', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n')],
  ])('ends in time with a server that says %s', async (_, talk: (socket: Socket) => void) => {
    const { url, outbound } = await speak(talk, { timeout: 300 });
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('timed_out');
  });

  it('ends in time with a name that is never resolved', async () => {
    const outbound = new OutboundRequests({ allowList: [], resolve: () => new Promise(() => undefined), timeout: 100 });
    expect(await failureOf(outbound.get('https://silent.example/', JSON_DOCUMENT))).toBe('timed_out');
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['nothing and closes', ''],
  ])('ends with a server that says %s', async (_, bytes) => {
    const { url, outbound } = await speak((socket) => void socket.end(bytes));
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('unreachable');
  });

  it('refuses more than so many at once, and lets the next one through', async () => {
    const { url, outbound } = await speak(() => undefined, { timeout: 200, maxConcurrent: 2 });
    const answers = await Promise.all([1, 2, 3].map(() => failureOf(outbound.get(url, JSON_DOCUMENT))));
    expect(answers.sort()).toEqual(['busy', 'timed_out', 'timed_out']);
    expect(await failureOf(outbound.get(url, JSON_DOCUMENT))).toBe('timed_out');
  });
});

describe('post', () => {
  it('sends the body and answers the status, whatever it is', async () => {
    const seen: unknown[] = [];
    const { url, outbound } = await serve((request, reply) => {
      void request.toArray().then((chunks) => {
        seen.push([request.method, request.headers['content-type'], chunks.join('')]);
        reply.writeHead(400).end('x'.repeat(10_000_000));
      });
    });
    const sent = { body: 'a=ü', contentType: 'application/x-www-form-urlencoded' };
    expect(await outbound.post(url, sent)).toEqual({ status: 400 });
    expect(seen).toEqual([['POST', sent.contentType, sent.body]]);
  });

  it('follows no redirect', async () => {
    const { url, outbound } = await serve((_, reply) => void reply.writeHead(307, { location: '/' }).end());
    expect(await failureOf(outbound.post(url, { body: '', contentType: 'text/plain' }))).toBe('redirected');
  });
});

describe('where a request may go', () => {
  /** A server on this machine that must never hear anything. */
  async function innocent(): Promise<{ port: number; connections: () => number }> {
    let count = 0;
    const port = await listen(createSocketServer(() => void count++));
    return { port, connections: () => count };
  }

  it.each([
    'https://127.0.0.1:PORT/',
    'https://127.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f000001:PORT/',
    'https://0x7f.1:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://0:PORT/',
    'https://１２７.0.0.1:PORT/',
    'https://[::1]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[64:ff9b::7f00:1]:PORT/',
    'https://[::127.0.0.1]:PORT/',
  ])('not to this machine by the address %s', async (url) => {
    const { port, connections } = await innocent();
    const outbound = new OutboundRequests({ allowList: [] });
    expect(await failureOf(outbound.get(url.replace('PORT', String(port)), JSON_DOCUMENT))).toBe('refused');
    expect(connections()).toBe(0);
  });

  it.each([
    ['a loopback address', ['127.0.0.1']],
    ['a public and a loopback address', ['1.1.1.1', '127.0.0.1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['a unique-local address', ['fd00:ec2::254']],
    ['what is no address', ['localhost']],
  ])('not to a name that has %s', async (_, addresses) => {
    const { port, connections } = await innocent();
    const outbound = new OutboundRequests({ allowList: [], resolve: () => Promise.resolve(addresses) });
    expect(await failureOf(outbound.get(`https://inside.example:${port}/`, JSON_DOCUMENT))).toBe('refused');
    expect(connections()).toBe(0);
  });

  it.each([
    'http://client.example/',
    'http://client.example:443/',
    'https://client.example:80/',
    'https://client.example:22/',
    'https://client.example:1023/',
    'https://user@client.example/',
    'https://:password@client.example/',
    'ftp://client.example/',
    'file:///etc/passwd',
    'data:application/json,{}',
    'gopher://client.example/',
    '//client.example/',
    'https://',
    '',
  ])('not to %j, and asks no name server', async (url) => {
    let asked = 0;
    const resolve = (): Promise<string[]> => Promise.resolve(++asked ? ['127.0.0.1'] : []);
    expect(await failureOf(new OutboundRequests({ allowList: [], resolve }).get(url, JSON_DOCUMENT))).toBe('refused');
    expect(asked).toBe(0);
  });

  it.each([
    ['a name without an address', () => Promise.resolve([])],
    ['a name server that fails', () => Promise.reject(new Error('ESERVFAIL'))],
  ])('not further than %s', async (_, resolve) => {
    const outbound = new OutboundRequests({ allowList: [], resolve });
    expect(await failureOf(outbound.get('https://nowhere.example/', JSON_DOCUMENT))).toBe('unreachable');
  });

  it('to the address that was checked: the name is resolved once', async () => {
    let asked = 0;
    const resolve = (): Promise<string[]> => Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['127.0.0.2']);
    const hosts: unknown[] = [];
    const { port, outbound } = await serve(
      ({ headers, socket }, reply) => {
        hosts.push(headers.host, socket.localAddress);
        reply.end('{}');
      },
      { allowList: ['rebinding.example'], resolve },
    );
    await outbound.get(`http://rebinding.example:${port}/`, JSON_DOCUMENT);
    expect([asked, hosts]).toEqual([1, [`rebinding.example:${port}`, '127.0.0.1']]);
  });

  it('not through a proxy of the environment', async () => {
    const { port, connections } = await innocent();
    const proxy = `http://127.0.0.1:${port}`;
    const variables = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, NODE_USE_ENV_PROXY: '1' };
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      const { url, outbound } = await serve((_, reply) => void reply.end('{}'));
      await outbound.get(url, JSON_DOCUMENT);
    } finally {
      process.env = before;
    }
    expect(connections()).toBe(0);
  });

  it.each([
    ['another port', (port: number) => [`127.0.0.1:${port + 1}`]],
    ['another host', (port: number) => [`127.0.0.2:${port}`]],
    ['a part of the name', (port: number) => [`27.0.0.1:${port}`]],
  ])('not where the allow-list names %s', async (_, allowList) => {
    const { port, connections } = await innocent();
    const outbound = new OutboundRequests({ allowList: allowList(port) });
    expect(await failureOf(outbound.get(`http://127.0.0.1:${port}/`, JSON_DOCUMENT))).toBe('refused');
    expect(connections()).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost:PORT', '127.0.0.1'])('where the allow-list names %s', async (entry) => {
    const port = await listen(createServer((_, reply) => void reply.end('{}')));
    const outbound = new OutboundRequests({
      allowList: [entry.replace('PORT', String(port))],
      resolve: () => Promise.resolve(['127.0.0.1']),
    });
    const host = entry.split(':')[0];
    expect((await outbound.get(`http://${host}:${port}/`, JSON_DOCUMENT)).body.toString()).toBe('{}');
  });

  it.each([undefined, '0'])(
    'not to a server whose certificate nobody has signed, with NODE_TLS_REJECT_UNAUTHORIZED=%s',
    async (value) => {
      let heard = 0;
      const pem = (name: string): string => readFileSync(`test/support/tls/first.${name}.pem`, 'utf8');
      const secure = createHttpsServer(
        { cert: pem('cert'), key: pem('key') },
        (_, reply) => void reply.end(`${++heard}`),
      );
      const port = await listen(secure);
      const outbound = new OutboundRequests({
        allowList: [`localhost:${port}`],
        resolve: () => Promise.resolve(['127.0.0.1']),
      });
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      if (value !== undefined) process.env.NODE_TLS_REJECT_UNAUTHORIZED = value;
      try {
        expect(await failureOf(outbound.get(`https://localhost:${port}/`, JSON_DOCUMENT))).toBe('unreachable');
      } finally {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      }
      expect(heard).toBe(0);
    },
  );

  it('tells nothing about the address in its error', async () => {
    const outbound = new OutboundRequests({ allowList: [], resolve: () => Promise.resolve(['10.20.30.40']) });
    const told = await outbound
      .get('https://inside.example/', JSON_DOCUMENT)
      .catch((error: Error) => `${error.message} ${JSON.stringify(error)} ${error.stack}`);
    expect(told).toMatch(/refused/);
    expect(told).not.toMatch(/10\.20\.30\.40/);
  });
});

/** The beginning, and then a byte now and then, for ever. */
function drip(socket: Socket, beginning: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}
