// The server itself serves https, with a certificate that may be renewed while it runs. The certificates of the test are
// for localhost, signed by themselves: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 …
// @see RFC 9325 §3.1, OpenID Connect Core §16.17 https://www.rfc-editor.org/rfc/rfc9325#section-3.1
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { childEnvironment } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { bootstrap, CLIENTS, USERS } from '../support/fixtures.js';
import { forms } from '../support/html.js';
import { basic, form } from '../support/http.js';
import { logsWith, type RunningServer, startServer } from '../support/server.js';
import { ROOT, runState } from '../support/state.js';

import.meta.jest.setTimeout(60_000);

const FIXTURES = join(ROOT, 'test', 'support', 'tls');
const pem = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');
/** Clients trust these two and no other. */
const CA = [pem('first.cert.pem'), pem('renewed.cert.pem')];

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request over TLS that checks the certificate. */
function ask(
  url: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((done, fail) => {
    const options = {
      ca: CA,
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...type, ...headers },
    };
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    sent.on('error', fail).end(body);
  });
}

/** Files of the test's own, which it may overwrite. */
function files(name: string): { TLS_CERT_FILE: string; TLS_KEY_FILE: string } {
  const directory = mkdtempSync(join(runState().directory, 'tls-'));
  const made = { TLS_CERT_FILE: join(directory, 'tls.crt'), TLS_KEY_FILE: join(directory, 'tls.key') };
  install(name, made);
  return made;
}

function install(name: string, { TLS_CERT_FILE, TLS_KEY_FILE }: ReturnType<typeof files>): void {
  copyFileSync(join(FIXTURES, `${name}.cert.pem`), TLS_CERT_FILE);
  copyFileSync(join(FIXTURES, `${name}.key.pem`), TLS_KEY_FILE);
}

describe('a server with TLS_CERT_FILE and TLS_KEY_FILE', () => {
  const given = files('first');
  let server: RunningServer;
  let url: string;
  beforeAll(async () => {
    server = await startServer({ env: given, bootstrap: bootstrap(), waitUntilReady: false });
    await logsWith(server);
    url = `https://localhost:${server.port}`;
  });

  /** The certificate that a new connection is shown. */
  const shown = (): Promise<string> =>
    new Promise((done, fail) => {
      const socket = connect({ port: server.port, host: 'localhost', servername: 'localhost', ca: CA }, () => {
        const { raw } = socket.getPeerCertificate() as DetailedPeerCertificate;
        socket.end();
        done(new X509Certificate(raw).subject);
      });
      socket.on('error', fail);
    });

  it('has an https issuer on localhost by default, and all its endpoints below it', async () => {
    const { status, headers, body } = await ask(`${url}/.well-known/oauth-authorization-server`);
    expect(status).toBe(200);
    const metadata = JSON.parse(body) as Record<string, string>;
    expect(metadata.issuer).toBe(url);
    for (const [name, value] of Object.entries(metadata)) {
      if (name.endsWith('_endpoint') || name === 'jwks_uri') expect(value).toMatch(new RegExp(`^${url}/`));
    }
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d+/);
  });

  it('issues tokens', async () => {
    const { client_id, client_secret } = CLIENTS.machine;
    const { status, body } = await ask(`${url}/oauth/token`, {
      body: form({ grant_type: 'client_credentials' }).toString(),
      headers: { authorization: basic(client_id, client_secret) },
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' });
  });

  it('signs people in with cookies that are Secure and __Host- prefixed', async () => {
    const page = await ask(`${url}/sign-in`);
    const cookies = (answer: Answer): string[] => answer.headers['set-cookie'] ?? [];
    const cookie = cookies(page)
      .map((one) => one.split(';')[0])
      .join('; ');
    const { fields } = forms(page.body).find(({ id }) => id === 'sign-in')!;
    const { username, password } = USERS.alice;
    const answer = await ask(`${url}/sign-in`, {
      body: form({ ...fields, username, password }).toString(),
      headers: { cookie, origin: url },
    });
    expect(answer.status).toBe(303);
    const all = [...cookies(page), ...cookies(answer)];
    expect(all.some((one) => one.startsWith('__Host-') && one.includes('session'))).toBe(true);
    for (const one of all) {
      expect(one).toMatch(/^__Host-/);
      expect(one).toMatch(/; Secure(;|$)/);
    }
  });

  it('takes nothing below TLS 1.2 (RFC 9325 §3.1.1)', async () => {
    const handshake = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> =>
      new Promise((done, fail) => {
        const versions = { minVersion: version, maxVersion: version } as const;
        // OpenSSL itself offers the old ones at this level only.
        const options = { port: server.port, host: 'localhost', ca: CA, ciphers: 'DEFAULT@SECLEVEL=0', ...versions };
        const socket = connect(options, () => {
          done(socket.getProtocol());
          socket.end();
        });
        socket.on('error', fail);
      });
    await expect(handshake('TLSv1.1')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect(await handshake('TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
  });

  it('closes a connection that speaks http, and goes on', async () => {
    const plain = new Promise((done, fail) => {
      get(`http://localhost:${server.port}/health/ready`, done).on('error', fail);
    });
    await expect(plain).rejects.toThrow();
    expect((await ask(`${url}/health/ready`)).status).toBe(200);
  });

  it('is found ready by the health check of the image', async () => {
    const env = childEnvironment({ PORT: String(server.port), ISSUER: url, ...given });
    const child = spawn(process.execPath, [join(ROOT, 'scripts', 'healthcheck.mjs')], { env, stdio: 'ignore' });
    expect(await new Promise((done) => child.once('exit', done))).toBe(0);
  });

  it('takes a renewed certificate on SIGHUP, and keeps the one it has while the files do not fit', async () => {
    expect(await shown()).toBe('CN=first');
    copyFileSync(join(FIXTURES, 'renewed.cert.pem'), given.TLS_CERT_FILE);
    process.kill(server.pid, 'SIGHUP');
    await logsWith(server, 'The certificate in use stays: TLS_KEY_FILE is not the key of the certificate');
    expect(await shown()).toBe('CN=first');
    install('renewed', given);
    process.kill(server.pid, 'SIGHUP');
    await eventually(async () => (await shown()) === 'CN=renewed');
    expect((await ask(`${url}/health/ready`)).status).toBe(200);
  });

  it('stops cleanly', async () => {
    expect(await server.stop()).toBe(0);
  });
});

it('does not start with a certificate and the key of another one', async () => {
  const env = { ...files('first'), TLS_KEY_FILE: join(FIXTURES, 'renewed.key.pem') };
  const server = await startServer({ env, waitUntilReady: false });
  expect(await server.exited).toBe(1);
  expect(server.logs()).toContain('TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE.');
  expect(server.logs()).not.toMatch(/^\s+at /m);
});
