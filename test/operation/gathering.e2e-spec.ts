// What is issued at the same moment goes to the database in one statement; each request still gets what it would get alone.
import { credentialKey, generateCredential, generateSuccessorSalt, successorOf } from '../../src/common/credential.js';
import type { Database, Statement } from '../../src/database/database.js';
import type { AccessTokenDraft, RefreshTokenDraft } from '../../src/tokens/issuance.js';
import { IssuanceRepository } from '../../src/tokens/issuance.repository.js';
import { TokenOwners } from '../../src/tokens/token-owners.js';
import { db } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, introspect, obtainTokens, signIn, tokenRequest } from '../support/flow.js';
import { type CookieJar, pkce } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { trusted, other } = CLIENTS;
const LIFETIME = 600;

let jar: CookieJar;
/** How many items each statement was given. */
let batches: number[];
let repository: IssuanceRepository;
/** Runs before a statement; may throw in its place. */
let beforeStatement: (statement: Statement, size: number) => void;

beforeAll(async () => {
  jar = await signIn(server);
  const client = await db(server);
  const query = async (statement: Statement, values: unknown[]): Promise<unknown[]> => {
    const size = (values[0] as unknown[]).length;
    batches.push(size);
    beforeStatement(statement, size);
    return (await client.query<Record<string, unknown>>({ ...statement, values })).rows;
  };
  repository = new IssuanceRepository({ query } as unknown as Database, new TokenOwners());
});
beforeEach(() => {
  batches = [];
  beforeStatement = () => undefined;
});

const accessToken = (): AccessTokenDraft => {
  const value = generateCredential();
  return { value, key: credentialKey(value), lifetime: LIFETIME };
};
const refreshToken = async (): Promise<string> =>
  (await obtainTokens(server, trusted, { redirect_uri: trusted.redirect_uris[0], scope: 'read' }, jar))
    .refresh_token as string;

function rotate(token: string, { clientId = trusted.client_id, scope }: { clientId?: string; scope?: string[] } = {}) {
  const salt = generateSuccessorSalt();
  const value = successorOf(token, salt);
  const successor: RefreshTokenDraft = { value, key: credentialKey(value), lifetime: LIFETIME };
  const presented = { key: credentialKey(token), clientId, salt };
  return repository
    .rotate(presented, { scope }, accessToken(), successor)
    .then((grant) => (grant ? { grant, successor: value } : undefined));
}

async function newCode(scope = 'read') {
  const redirectUri = trusted.redirect_uris[0];
  const { code, verifier } = await authorize(server, { client_id: trusted.client_id, scope }, jar);
  return { code, challenge: pkce(verifier).challenge, redirectUri };
}

function redeem(
  { code, challenge, redirectUri }: Awaited<ReturnType<typeof newCode>>,
  { clientId = trusted.client_id, codeChallenge = challenge }: { clientId?: string; codeChallenge?: string } = {},
) {
  const presented = { key: credentialKey(code), clientId, codeChallenge, redirectUri, redirectUriRegistered: true };
  const value = generateCredential();
  return repository.redeemCode(presented, {}, accessToken(), { value, key: credentialKey(value), lifetime: LIFETIME });
}

describe('refresh tokens that are rotated in one statement', () => {
  it('each get their own successor and grant', async () => {
    const tokens = [await refreshToken(), await refreshToken(), await refreshToken()];
    const rotated = await Promise.all(tokens.map((token) => rotate(token)));
    expect(batches).toEqual([3]);
    expect(new Set(rotated.map((one) => one?.grant.grantId)).size).toBe(3);
    for (const one of rotated) {
      const response = await tokenRequest(server, trusted, {
        grant_type: 'refresh_token',
        refresh_token: one?.successor,
      });
      expect(response.status).toBe(200);
    }
  });

  it('have one winner when one of them comes more than once', async () => {
    const token = await refreshToken();
    const another = await refreshToken();
    const rotated = await Promise.all([rotate(token), rotate(another), rotate(token), rotate(token)]);
    expect(batches).toEqual([4]);
    expect([rotated[0], rotated[2], rotated[3]].filter(Boolean)).toHaveLength(1);
    expect(rotated[1]).toBeDefined();
  });

  it('are refused one by one: unknown, foreign, asking too much', async () => {
    const [token, foreign, greedy] = [await refreshToken(), await refreshToken(), await refreshToken()];
    const rotated = await Promise.all([
      rotate(generateCredential()),
      rotate(foreign, { clientId: other.client_id }),
      rotate(token),
      rotate(greedy, { scope: ['read', 'write'] }),
    ]);
    expect(batches).toEqual([4]);
    expect(rotated.map((one) => one !== undefined)).toEqual([false, false, true, false]);
    // What was refused can still be used.
    expect(await Promise.all([rotate(foreign), rotate(greedy)])).toEqual([expect.anything(), expect.anything()]);
  });

  it('keep to the scope that each one asks for', async () => {
    const wide = { redirect_uri: trusted.redirect_uris[0], scope: 'profile read' };
    const tokens = [await obtainTokens(server, trusted, wide, jar), await obtainTokens(server, trusted, wide, jar)];
    const [all, narrow] = await Promise.all([
      rotate(tokens[0].refresh_token as string),
      rotate(tokens[1].refresh_token as string, { scope: ['read'] }),
    ]);
    expect(batches).toEqual([2]);
    expect([all?.grant.scope, narrow?.grant.scope]).toEqual([['profile', 'read'], ['read']]);
  });

  it('are rotated all the same when the database refuses one of them', async () => {
    const tokens = [await refreshToken(), await refreshToken(), await refreshToken()];
    const first = accessToken();
    const salt = generateSuccessorSalt();
    const successor = { value: '', key: credentialKey(tokens[1]), lifetime: LIFETIME };
    const outcomes = await Promise.allSettled([
      rotate(tokens[0]),
      // Its successor has the key of a token that exists.
      repository.rotate({ key: credentialKey(tokens[1]), clientId: trusted.client_id, salt }, {}, first, successor),
      rotate(tokens[2]),
    ]);
    expect(batches).toEqual([3, 1, 1, 1]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ value: { successor: expect.any(String) as string } });
    expect(outcomes[2]).toMatchObject({ value: { successor: expect.any(String) as string } });
    // Nothing of the refused one was written.
    expect(await rotate(tokens[1])).toBeDefined();
  });

  it('all fail when the database is away, and none was used', async () => {
    const tokens = [await refreshToken(), await refreshToken()];
    beforeStatement = () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    };
    const outcomes = await Promise.allSettled(tokens.map((token) => rotate(token)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(batches).toEqual([2]);
    beforeStatement = () => undefined;
    expect(await Promise.all(tokens.map((token) => rotate(token)))).toEqual([expect.anything(), expect.anything()]);
  });
});

describe('codes that are redeemed in one statement', () => {
  it('are consumed once when one of them comes more than once', async () => {
    const [code, another] = [await newCode(), await newCode('profile')];
    const redeemed = await Promise.all([redeem(code), redeem(another), redeem(code)]);
    expect(batches).toEqual([3]);
    expect([redeemed[0].outcome, redeemed[2].outcome].sort()).toEqual(['issued', 'unknown']);
    expect(redeemed[1]).toMatchObject({ outcome: 'issued', grant: { scope: ['profile'] }, refreshable: true });
  });

  it('are refused one by one, and a wrong verifier consumes only its own', async () => {
    const [good, guessed, foreign] = [await newCode(), await newCode(), await newCode()];
    const redeemed = await Promise.all([
      redeem(guessed, { codeChallenge: 'x'.repeat(43) }),
      redeem(good),
      redeem(foreign, { clientId: other.client_id }),
    ]);
    expect(batches).toEqual([3]);
    expect(redeemed[0]).toEqual({ outcome: 'refused', challengeMatches: false, resourcesMatch: true });
    expect(redeemed[1].outcome).toBe('issued');
    expect(redeemed[2]).toEqual({ outcome: 'unknown' });
    const again = await Promise.all([redeem(guessed), redeem(foreign)]);
    expect(again.map(({ outcome }) => outcome)).toEqual(['unknown', 'issued']);
  });
});

describe('grants that are created in one statement', () => {
  const draftOf = (userId: string, scope: string[]) => ({
    clientId: trusted.client_id,
    userId,
    scope,
    resources: [],
    lifetime: LIFETIME,
    amr: ['pwd', 'with "quotes" and \\'],
  });

  it('each get their own id, and only those with consent are created', async () => {
    const tokens = await obtainTokens(server, trusted, { redirect_uri: trusted.redirect_uris[0], scope: 'read' }, jar);
    const userId = (await introspect(server, tokens.access_token)).sub as string;
    const [asked, free, more] = await Promise.all([
      repository.createGrant(draftOf(userId, ['never-consented']), {}, { ifConsented: true }),
      repository.createGrant(draftOf(userId, ['read']), { accessToken: accessToken() }),
      repository.createGrant(draftOf(userId, ['read', 'write']), {}),
    ]);
    expect(batches).toEqual([3]);
    expect(asked).toBeUndefined();
    const { rows } = await (
      await db(server)
    ).query('SELECT id::text, scope, amr, resources FROM grants WHERE id = ANY ($1) ORDER BY id', [
      [free?.grantId, more?.grantId],
    ]);
    expect(rows).toEqual([
      { id: free?.grantId, scope: 'read', amr: ['pwd', 'with "quotes" and \\'], resources: null },
      { id: more?.grantId, scope: 'read write', amr: ['pwd', 'with "quotes" and \\'], resources: null },
    ]);
  });

  it('do not fail together when one user was deleted meanwhile', async () => {
    const tokens = await obtainTokens(server, trusted, { redirect_uri: trusted.redirect_uris[0], scope: 'read' }, jar);
    const userId = (await introspect(server, tokens.access_token)).sub as string;
    const outcomes = await Promise.all([
      repository.createGrant(draftOf(userId, ['read']), {}),
      repository.createGrant(draftOf('00000000-0000-4000-8000-000000000000', ['read']), {}),
    ]);
    expect(batches).toEqual([2]);
    expect(outcomes.map((outcome) => outcome?.userId)).toEqual([userId, undefined]);
  });
});
