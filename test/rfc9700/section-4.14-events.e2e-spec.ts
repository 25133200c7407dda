// What the server tells its operator when a code or refresh token comes back.
// @see RFC 9700 §4.5, §4.14.2 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { CLIENTS } from '../support/fixtures.js';
import { authorize, obtainTokens, redeem, signIn, tokenRequest, type TokenResponse } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';

const { trusted } = CLIENTS;
let server: InProcessServer;
let jar: CookieJar;

beforeAll(async () => {
  server = await startInProcess();
  jar = await signIn(server);
}, 60_000);

const refresh = (token: string | undefined): Promise<Response> =>
  tokenRequest(server, trusted, { grant_type: 'refresh_token', refresh_token: token });

it('tells of a refresh token that was reused, and of the grant that it ended, once (§4.14.2)', async () => {
  const first = await obtainTokens(server, trusted, { scope: 'read' }, jar);
  const second = (await (await refresh(first.refresh_token)).json()) as TokenResponse;
  await refresh(second.refresh_token);
  expect(server.events('refresh_token.reused')).toEqual([]);

  expect((await refresh(first.refresh_token)).status).toBe(400);
  expect((await refresh(first.refresh_token)).status).toBe(400);
  const [reused] = server.events('refresh_token.reused');
  expect(server.events('refresh_token.reused')).toEqual([{ clientId: 'trusted', grantId: expect.any(String) }]);
  expect(server.events('token.revoked')).toEqual([
    { clientId: 'trusted', grantId: reused.grantId, userId: expect.any(String), reason: 'refresh_token_reused' },
  ]);
});

it('tells once of what comes back many times at once (§4.14.2)', async () => {
  const first = await obtainTokens(server, trusted, { scope: 'read' }, jar);
  const second = (await (await refresh(first.refresh_token)).json()) as TokenResponse;
  await refresh(second.refresh_token);
  const before = server.events('refresh_token.reused').length;
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(first.refresh_token)));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(400));
  expect(server.events('refresh_token.reused')).toHaveLength(before + 1);
});

it('tells of a code that was reused, and of the grant that it ended (§4.5)', async () => {
  const authorization = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar);
  await redeem(server, trusted, authorization);
  const again = { code: authorization.code, verifier: authorization.verifier, redirectUri: authorization.redirectUri };
  await expect(redeem(server, trusted, again)).rejects.toThrow('invalid_grant');
  const reused = server.events('code.reused');
  expect(reused).toEqual([{ clientId: 'trusted', grantId: expect.any(String) }]);
  expect(server.events('token.revoked')).toContainEqual({
    clientId: 'trusted',
    grantId: reused[0].grantId,
    userId: expect.any(String),
    reason: 'code_reused',
  });
});

it('tells nothing of what a stranger presents (§4.14.2)', async () => {
  const before = [server.events('refresh_token.reused').length, server.events('code.reused').length];
  const { refresh_token } = await obtainTokens(server, trusted, { scope: 'read' }, jar);
  await refresh(refresh_token);
  const stranger = CLIENTS.other;
  await tokenRequest(server, stranger, { grant_type: 'refresh_token', refresh_token });
  await refresh('x'.repeat(48));
  expect([server.events('refresh_token.reused').length, server.events('code.reused').length]).toEqual(before);
});
