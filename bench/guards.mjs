// What a guard costs: processor time per request of a guarded route over that of the same route without a guard.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { get } from './http-client.mjs';
import { median, round, table } from './report.mjs';
import { start, startLoad } from './servers.mjs';

const WARM_UP = 1;
const AUDIENCE = 'https://api.example';
const OPAQUE = 'opaque-'.padEnd(48, '0');

/**
 * @param {{ connections: number[], seconds: number, rounds: number }} options
 * @param {unknown} _databases none is needed
 * @param {(line: string) => void} say
 */
export async function measure({ connections, seconds, rounds }, _databases, say) {
  const issuer = await startIssuer();
  const settings = { ISSUER: issuer.url, AUDIENCE, TOKEN: issuer.token, JWK: JSON.stringify(issuer.jwk) };
  /** The second one checks every signature. @type {Awaited<ReturnType<typeof start>>[]} */
  const servers = [];
  for (const MAX_ENTRIES of ['10000', '0'])
    servers.push(await start(join(import.meta.dirname, 'guarded.mjs'), { ...settings, MAX_ENTRIES }));
  const [remembering, checking] = servers;
  const load = startLoad();
  /** By name: the route and the token that is sent. All send one, so that reading a header costs all the same. */
  const scenarios = {
    unguarded: { server: remembering, path: '/open', token: issuer.token, text: 'open' },
    'bare signature': { server: checking, path: '/signature', token: issuer.token, text: 'signed' },
    'guard jwt (cached key)': { server: checking, path: '/guarded', token: issuer.token, text: 'guarded' },
    'guard jwt (seen before)': { server: remembering, path: '/guarded', token: issuer.token, text: 'guarded' },
    'guard introspection (cached)': { server: remembering, path: '/guarded', token: OPAQUE, text: 'guarded' },
  };
  const names = Object.keys(scenarios);
  /** @type {string[]} */
  const failures = [];
  const results = [];

  for (const count of connections) {
    /** @param {string} scenario @param {number} length */
    const slice = async (scenario, length) => {
      const { server, path, token, text } = scenarios[/** @type {keyof typeof scenarios} */ (scenario)];
      const request = get(path, { Authorization: `Bearer ${token}` });
      const before = await server.cpu();
      const { port } = server;
      const outcome = await load.ask({ scenario, request, text, port, connections: count, seconds: length });
      const cpu = ((await server.cpu()) - before) / outcome.requests;
      if (outcome.failures) failures.push(`${scenario}: ${outcome.failures} × ${outcome.failure}`);
      return { cpu, rps: outcome.requests / outcome.seconds };
    };
    /** @type {Map<string, { cpu: number, rps: number }[]>} */
    const slices = new Map(names.map((name) => [name, []]));
    for (const name of names) await slice(name, WARM_UP);
    for (let turn = 0; turn < rounds; turn++)
      for (const name of turn % 2 ? [...names].reverse() : names) slices.get(name)?.push(await slice(name, seconds));
    /** Medians of the differences within a round. @param {string} name @param {string} other */
    const over = (name, other) =>
      median((slices.get(name) ?? []).map(({ cpu }, turn) => cpu - (slices.get(other)?.[turn].cpu ?? 0)));
    for (const [name, all] of slices) {
      const isJwt = name === 'guard jwt (cached key)';
      results.push({
        scenario: name,
        connections: count,
        rps: median(all.map(({ rps }) => rps)),
        cpu: median(all.map(({ cpu }) => cpu)),
        overUnguarded: over(name, 'unguarded'),
        ...(isJwt && { overSignature: over(name, 'bare signature') }),
      });
    }
    await load.ask({ kind: 'close' });
  }
  const head = ['scenario', 'connections', 'requests/s', 'CPU µs', 'over unguarded', 'over the signature'];
  const rows = results.map(({ scenario, connections: count, rps, cpu, overUnguarded, overSignature }) => [
    scenario,
    String(count),
    round(rps),
    round(cpu),
    overUnguarded.toFixed(1),
    overSignature?.toFixed(1) ?? '',
  ]);
  say(`\n${table([head, ...rows])}\n`);
  for (const failure of failures) say(`FAILED: ${failure}`);
  await Promise.all([load.stop(), ...servers.map((server) => server.stop())]);
  issuer.stop();
  return { results, failures };
}

/** Somebody who publishes a key and knows one opaque token. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const { pathname } = new URL(request.url ?? '/', url);
    /** @type {Record<string, object>} */
    const documents = {
      '/.well-known/oauth-authorization-server': {
        issuer: url,
        jwks_uri: `${url}/jwks`,
        introspection_endpoint: `${url}/introspect`,
      },
      '/jwks': { keys: [jwk] },
      '/introspect': { active: true, client_id: 'web', sub: 'alice', scope: 'read write', exp: now() + 3600 },
    };
    response.end(JSON.stringify(documents[pathname]));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  const claims = { client_id: 'web', scope: 'read write', jti: 'a'.repeat(48), auth_time: now(), amr: ['pwd'] };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })
    .setIssuer(url)
    .setSubject('3f2c8f3e-0f6b-4f43-9d4c-0a4f1e7f9b11')
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey);
  return { url, jwk, token, stop: () => server.close() };
}

const now = () => Math.floor(Date.now() / 1000);
