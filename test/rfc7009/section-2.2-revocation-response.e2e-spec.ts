// The revocation response: 200 whenever the token is of no use any more, whatever it was.
// @see RFC 7009 §2.2 https://www.rfc-editor.org/rfc/rfc7009#section-2.2
import { credentialKey, tokenIdentifier } from '../../src/common/credential.js';
import { CLIENTS } from '../support/fixtures.js';
import { baseOf, clientCredentials, introspect, obtainTokens, revoke, tokenRequest } from '../support/flow.js';
import { postForm } from '../support/http.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { machine, machineJwt, other, spa } = CLIENTS;

const isActive = async (token: string): Promise<boolean> => (await introspect(server, token)).active;

it.each([
  ['nothing but a word', 'unknown'],
  ['of the form of ours', 'AAAA'.repeat(12)],
  ['with spaces and quotes', `a "b' c`],
  ['of no ASCII', 'žluťoučký 🐎'],
  ['very long', 'x'.repeat(100_000)],
  ['like a JWT', 'eyJhbGciOiJub25lIn0.eyJqdGkiOiIxIn0.AAAA'],
  ['like a JWT with a payload that is none', 'eyJhbGciOiJFUzI1NiJ9.AAAA.AAAA'],
])('answers 200 for an unknown token, %s (§2.2)', async (_, token) => {
  const response = await revoke(server, machine, token);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

it('answers 200 for a token that was revoked before (§2.2)', async () => {
  const { access_token, refresh_token } = await obtainTokens(server, spa, { scope: 'read' });
  for (const token of [access_token, access_token, refresh_token!, refresh_token!]) {
    expect((await revoke(server, spa, token)).status).toBe(200);
  }
  expect(await isActive(access_token)).toBe(false);
});

it('answers 200 for a token that has expired (§2.2)', async () => {
  const { access_token } = await clientCredentials(server, machine);
  const expired = await query(
    server,
    `UPDATE access_tokens SET expires_at = now() - interval '1 second' WHERE token_key = $1 RETURNING lifetime`,
    [credentialKey(tokenIdentifier(access_token))],
  );
  expect(expired).toHaveLength(1);
  expect(await isActive(access_token)).toBe(false);
  expect((await revoke(server, machine, access_token)).status).toBe(200);
});

it('answers 200 to many at once, and the token is gone after the first of them (§2.2)', async () => {
  const { access_token } = await clientCredentials(server, machineJwt);
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => revoke(server, machineJwt, access_token).then(({ status }) => status)),
  );
  expect(answers).toEqual(Array(30).fill(200));
  expect(await isActive(access_token)).toBe(false);
});

it('has one winner between a refresh and a revocation of the same token: nothing survives (§2.2)', async () => {
  for (let round = 0; round < 5; round++) {
    const { refresh_token } = await obtainTokens(server, spa, { scope: 'read' });
    const refreshing = tokenRequest(server, spa, { grant_type: 'refresh_token', refresh_token });
    const [refreshed, revoked] = await Promise.all([refreshing, revoke(server, spa, refresh_token!)]);
    expect(revoked.status).toBe(200);
    const body = (await refreshed.json()) as { access_token?: string; error?: string };
    if (refreshed.status === 200) expect(await isActive(body.access_token!)).toBe(false);
    else expect(body.error).toBe('invalid_grant');
  }
});

it('is stored nowhere, neither as success nor as error (§2.2, RFC 6749 §5.1)', async () => {
  const { access_token } = await clientCredentials(server, machine);
  const endpoint = `${baseOf(server)}/oauth/revoke`;
  const answers = [
    await revoke(server, other, access_token),
    await revoke(server, machine, access_token),
    await revoke(server, machine, 'unknown'),
    await revoke(server, machine, ''),
    await postForm(endpoint, { token: access_token }),
    await fetch(endpoint),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 200, 200, 400, 401, 405]);
  for (const { headers } of answers) {
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toBeTruthy();
  }
});

it('reflects nothing that was sent, and describes errors in the characters of RFC 6749 §5.2 (§2.2.1)', async () => {
  const response = await postForm(`${baseOf(server)}/oauth/revoke`, {
    token: 'canary-token',
    client_id: '"canary\\client"',
    token_type_hint: '<canary-hint>',
  });
  const text = await response.text();
  expect(response.status).toBe(401);
  expect(text).not.toContain('canary');
  expect((JSON.parse(text) as { error_description: string }).error_description).toMatch(
    /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
  );
});
