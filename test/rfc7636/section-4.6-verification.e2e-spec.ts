// PKCE at the token endpoint: the verifier belongs to the challenge, and a request without one has none.
// @see RFC 7636 §4.1, §4.5, §4.6, RFC 9700 §2.1.1, §4.8.2 https://www.rfc-editor.org/rfc/rfc7636#section-4.6
import { CLIENTS } from '../support/fixtures.js';
import { authorize, signIn, tokenRequest } from '../support/flow.js';
import { type CookieJar, type ParameterMap, pkce } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { trusted, spa, exempt } = CLIENTS;
type Client = typeof trusted | typeof spa | typeof exempt;

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const codeFor = async (client: Client, parameters: ParameterMap = {}): Promise<{ code: string; verifier: string }> =>
  authorize(server, { client_id: client.client_id, scope: 'read', ...parameters }, jar);

const redeem = (client: Client, code: string, verifier: string | readonly string[] | undefined): Promise<Response> =>
  tokenRequest(server, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirect_uris[0],
    code_verifier: verifier,
  });

async function expectInvalidGrant(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
}

describe.each([spa, trusted])('the verifier of $client_id', (client) => {
  it('opens the code that its challenge asked for (§4.6)', async () => {
    const { code, verifier } = await codeFor(client);
    expect((await redeem(client, code, verifier)).status).toBe(200);
  });

  it.each([43, 44, 64, 127, 128])('may have %i characters, all that are unreserved (§4.1)', async (length) => {
    const proof = pkce('AZaz09-._~'.repeat(13).slice(0, length));
    const { code } = await codeFor(client, proof.parameters);
    expect((await redeem(client, code, proof.verifier)).status).toBe(200);
  });

  it.each([
    ['is another one', () => pkce().verifier],
    ['is missing', () => undefined],
    ['is empty', () => ''],
    ['is the challenge', (proof: ReturnType<typeof pkce>) => proof.challenge],
    ['has a character more', (proof: ReturnType<typeof pkce>) => `${proof.verifier}a`],
    ['has a space at its end', (proof: ReturnType<typeof pkce>) => `${proof.verifier} `],
    ['is in another case', (proof: ReturnType<typeof pkce>) => proof.verifier.toUpperCase()],
    ['has 100 000 characters', () => 'v'.repeat(100_000)],
  ])('is refused when it %s, and the code is spent (§4.6, RFC 9700 §4.5)', async (_, wrong) => {
    const proof = pkce();
    const { code } = await codeFor(client, proof.parameters);
    await expectInvalidGrant(await redeem(client, code, wrong(proof)));
    await expectInvalidGrant(await redeem(client, code, proof.verifier));
  });

  it.each([
    ['42 characters', 'v'.repeat(42)],
    ['one character', 'v'],
    ['129 characters', 'v'.repeat(129)],
    ['a space', `${'v'.repeat(42)} `],
    ['a plus', `${'v'.repeat(42)}+`],
    ['a letter that is not ASCII', `${'v'.repeat(42)}é`],
    ['a line break', `${'v'.repeat(43)}\n`],
  ])('is none with %s, even if the challenge is its hash (§4.1)', async (_, verifier) => {
    const { code } = await codeFor(client, pkce(verifier).parameters);
    await expectInvalidGrant(await redeem(client, code, verifier));
  });

  it('is refused when it is sent twice, and the code is not spent by that (RFC 6749 §3.2)', async () => {
    const { code, verifier } = await codeFor(client);
    const response = await redeem(client, code, [verifier, verifier]);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    expect((await redeem(client, code, verifier)).status).toBe(200);
  });

  it('opens no other code (§4.6)', async () => {
    const [mine, stolen] = [await codeFor(client), await codeFor(client)];
    await expectInvalidGrant(await redeem(client, stolen.code, mine.verifier));
    expect((await redeem(client, mine.code, mine.verifier)).status).toBe(200);
  });
});

describe('a downgrade', () => {
  const none = { code_challenge: undefined, code_challenge_method: undefined };

  it('is refused: a verifier for a code without a challenge, and the code is spent (RFC 9700 §4.8.2)', async () => {
    const { code } = await codeFor(exempt, none);
    await expectInvalidGrant(await redeem(exempt, code, pkce().verifier));
    await expectInvalidGrant(await redeem(exempt, code, undefined));
  });

  it('is refused: no verifier for a code with a challenge, also of an exempt client (RFC 9700 §4.8.2)', async () => {
    const { code, verifier } = await codeFor(exempt);
    await expectInvalidGrant(await redeem(exempt, code, undefined));
    await expectInvalidGrant(await redeem(exempt, code, verifier));
  });

  it('is none: neither challenge nor verifier, of an exempt client; an empty verifier is none', async () => {
    const [one, two] = [await codeFor(exempt, none), await codeFor(exempt, none)];
    expect((await redeem(exempt, one.code, undefined)).status).toBe(200);
    expect((await redeem(exempt, two.code, '')).status).toBe(200);
  });
});
