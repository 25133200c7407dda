// Access tokens for tests of guards: JWTs with a real signature, and whatever claims a test is about.
// @see RFC 9068 §2 https://www.rfc-editor.org/rfc/rfc9068#section-2
import { randomUUID, sign } from 'node:crypto';
import { TEST_ALGORITHM, TEST_ISSUER, TEST_KEY_ID, testKeyPair } from './test-key.js';

/** What a token says; all of it has a default. */
export interface TestTokenOptions {
  /** Scope values, or the parameter with spaces in it. @default none */
  scope?: string | readonly string[];
  /** Id of the user. null: the client acts for itself. @default "test-user" */
  sub?: string | null;
  /** @default "test-client" */
  clientId?: string;
  /** Resources that it is bound to. Guards with an audience or a resource of their own ask for it. @default none: it is for whoever takes tokens that are bound to no resource */
  audience?: string | readonly string[];
  /** @default {@link TEST_ISSUER} */
  issuer?: string;
  /** Seconds from now; 0 or less: it has expired. @default 3600 */
  expiresIn?: number;
  /** When it was issued. @default now */
  issuedAt?: Date;
  /** When the user signed in. @default it does not say */
  authTime?: Date;
  /** How the user signed in: `acr`. @default it does not say */
  acr?: string;
  /** How the user signed in: `amr`. @default it does not say */
  amr?: readonly string[];
  /** @default none */
  roles?: readonly string[];
  /** @default none */
  groups?: readonly string[];
  /** @default none */
  entitlements?: readonly string[];
  /** Further claims, and claims in the place of those above; undefined takes one away. @default none */
  claims?: Readonly<Record<string, unknown>>;
}

/**
 * An access token that guards of {@link ResourceServerTestingModule} verify: signed with a key pair of this process. Without a
 * server, a database or a request.
 *
 * @param options what it says
 * @returns a JWT of type `at+jwt`
 * @example
 * await request(app.getHttpServer()).get('/notes').auth(signTestToken({ scope: 'notes:read' }), { type: 'bearer' }).expect(200);
 */
export function signTestToken(options: TestTokenOptions = {}): string {
  const header = { alg: TEST_ALGORITHM, typ: 'at+jwt', kid: TEST_KEY_ID };
  const signed = `${encode(header)}.${encode(claimsOf(options))}`;
  const key = { key: testKeyPair().privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function claimsOf(options: TestTokenOptions): Record<string, unknown> {
  const { issuer = TEST_ISSUER, clientId = 'test-client', sub = 'test-user', expiresIn = 3600 } = options;
  const { scope, audience, issuedAt = new Date(), authTime, acr, amr, roles, groups, entitlements } = options;
  return {
    iss: issuer,
    sub: sub ?? clientId,
    // RFC 9068 §3: bound to no resource, it is for the default one, whose name here is the issuer's.
    aud: audience ?? issuer,
    client_id: clientId,
    scope: scope === undefined ? undefined : [scope].flat().join(' '),
    jti: randomUUID(),
    iat: seconds(issuedAt),
    exp: seconds(new Date()) + expiresIn,
    auth_time: authTime && seconds(authTime),
    acr,
    amr,
    roles,
    groups,
    entitlements,
    ...options.claims,
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
