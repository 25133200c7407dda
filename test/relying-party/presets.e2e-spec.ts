// Presets whose providers differ from the specifications, against a provider that does as they do.
import { createHash } from 'node:crypto';
import { exportPKCS8, generateKeyPair, jwtVerify, type JWTPayload } from 'jose';
import type { OAuthClientOptions } from 'nest-authorization-server/relying-party';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';
import { ADAPTERS, answerIn, type CallbackAnswer, type RelyingParty, startRelyingParty } from './relying-party.js';

const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

let provider: HostileProvider;
let host: RelyingParty;
let registered = 0;

beforeAll(async () => {
  provider = await startHostileProvider();
  host = await startRelyingParty();
});

beforeEach(() => {
  provider.bends = {};
});

async function signIn(options: OAuthClientOptions, at = host): Promise<CallbackAnswer> {
  const name = `provider${++registered}`;
  at.add(name, { clientId: 'app', serverMetadataUrl: provider.issuer, ...options });
  return answerIn(await new Visitor().open(`${at.url}/login/${name}`));
}

describe.each(ADAPTERS)('apple on %s', (adapter) => {
  let own: RelyingParty;
  let options: OAuthClientOptions;
  let publicKey: CryptoKey;

  beforeAll(async () => {
    own = await startRelyingParty({ adapter });
    const pair = await generateKeyPair('ES256', { extractable: true });
    ({ publicKey } = pair);
    options = { preset: 'apple', teamId: 'TEAM', keyId: 'KEY', privateKey: await exportPKCS8(pair.privateKey) };
  });

  it('is asked with a client secret that the key of the team signs, and answers by form', async () => {
    let secret = '';
    provider.bends.token = (answer, form) => {
      secret = form.get('client_secret') ?? '';
      return answer;
    };
    const { token } = await signIn(options, own);
    expect(token?.userinfo?.sub).toBe('alice');
    const audience = 'https://appleid.apple.com';
    const { payload } = await jwtVerify(secret, publicKey, { issuer: 'TEAM', subject: 'app', audience });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
  });

  it('says the name beside the code, and what is true as a text', async () => {
    const user = { name: { firstName: ' Ada ', lastName: 'Lovelace' }, email: 'mallory@evil.example', sub: 'mallory' };
    provider.bends.callback = (parameters) => parameters.set('user', JSON.stringify(user).replaceAll('"', '&quot;'));
    provider.bends.claims = (claims) => ({ ...claims, email: 'ada@example.com', email_verified: 'true' });
    const { token } = await signIn(options, own);
    expect(token?.userinfo).toMatchObject({
      sub: 'alice',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      email: 'ada@example.com',
      email_verified: true,
    });
  });

  it.each(['null', '{', '[]', '{"name":7}', '{"name":{"firstName":["a"],"lastName":{}}}'])(
    'is believed no name in %s',
    async (user) => {
      provider.bends.callback = (parameters) => parameters.set('user', user.replaceAll('"', '&quot;'));
      provider.bends.claims = (claims) => ({ ...claims, email_verified: 'false' });
      const { token } = await signIn(options, own);
      expect(token?.userinfo).toMatchObject({ sub: 'alice', email_verified: false });
      expect(token?.userinfo).not.toHaveProperty('name');
    },
  );
});

describe('microsoft', () => {
  const options: OAuthClientOptions = { preset: 'microsoft', clientSecret: 'secret' };

  function bend(claims: (issuer: string) => JWTPayload): void {
    provider.bends = {
      metadata: (document) => ({
        ...document,
        issuer: `${provider.issuer}/{tenantid}/v2.0`,
        authorization_response_iss_parameter_supported: undefined,
      }),
      callback: (parameters) => parameters.delete('iss'),
      claims: (honest) => ({ ...honest, ...claims(provider.issuer) }),
    };
  }

  it('has the issuer of the tenant whose user it is', async () => {
    bend((issuer) => ({ iss: `${issuer}/${TENANT}/v2.0`, tid: TENANT }));
    expect((await signIn(options)).token?.userinfo).toMatchObject({ sub: 'alice', tid: TENANT });
  });

  it.each<[string, (issuer: string) => JWTPayload]>([
    ['another tenant', (issuer) => ({ iss: `${issuer}/${TENANT}/v2.0`, tid: TENANT.replace('9', '8') })],
    ['no tenant', (issuer) => ({ iss: `${issuer}/${TENANT}/v2.0` })],
    ['the template itself', (issuer) => ({ iss: `${issuer}/{tenantid}/v2.0`, tid: '{tenantid}' })],
    ['a tenant that is none', (issuer) => ({ iss: `${issuer}/a/b/v2.0`, tid: 'a/b' })],
    ['another host', () => ({ iss: `https://evil.example/${TENANT}/v2.0`, tid: TENANT })],
  ])('is refused with an ID token of %s', async (_, claims) => {
    bend(claims);
    expect(await signIn(options)).toMatchObject({ error: 'mismatching_issuer' });
  });

  it('is refused with a document of another host', async () => {
    bend((issuer) => ({ iss: `${issuer}/${TENANT}/v2.0`, tid: TENANT }));
    provider.bends.metadata = (document) => ({ ...document, issuer: 'https://evil.example/{tenantid}/v2.0' });
    const client = host.add('microsoft', { clientId: 'app', serverMetadataUrl: provider.issuer, ...options });
    await expect(client.createAuthorizationUrl(host.callback('microsoft'))).rejects.toMatchObject({
      code: 'mismatching_issuer',
    });
  });
});

it('linkedin is sent no nonce and no code challenge, and neither is expected of it', async () => {
  let asked: string[] = [];
  provider.bends.callback = (_, request) => {
    asked = [...request.keys()];
    // The code is that of a client without PKCE.
    request.set('code_challenge', createHash('sha256').update('').digest('base64url'));
  };
  const { token } = await signIn({ preset: 'linkedin', clientSecret: 'secret' });
  expect(token?.userinfo?.sub).toBe('alice');
  expect(asked.sort()).toEqual(['client_id', 'redirect_uri', 'response_type', 'scope', 'state']);
});
