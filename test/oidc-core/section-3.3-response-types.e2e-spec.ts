// Implicit and hybrid flows: what comes in the front channel, and how it is bound together.
// @see OIDC Core §3.2, §3.3 https://openid.net/specs/openid-connect-core-1_0.html#HybridFlowAuth
import { hash } from 'node:crypto';
import { createClient, type CreatedClient } from '../support/clients.js';
import { authorize, type AuthorizationResult, redeem, signUp } from '../support/flow.js';
import { verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const TYPES = ['id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];
let client: CreatedClient;

beforeAll(async () => {
  client = await createClient(server, {
    grant_types: ['authorization_code', 'implicit'],
    response_types: [...TYPES, 'none'],
    scope: 'openid profile email',
  });
});

async function ask(params: Record<string, string | undefined>): Promise<AuthorizationResult> {
  const { jar } = await signUp(server);
  const defaults = {
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    scope: 'openid',
    nonce: 'n-1',
  };
  return authorize(server, { ...defaults, ...params }, jar);
}

const halfHash = (value: string): string => hash('sha256', value, 'buffer').toString('base64url', 0, 16);

describe.each(TYPES)('response_type=%s', (type) => {
  const parts = type.split(' ');

  it('answers in the fragment with exactly its parts', async () => {
    const { location, params } = await ask({ response_type: type, state: 'a state' });
    expect(location).toContain('#');
    expect(location).not.toContain('?');
    expect(Object.keys(params).sort()).toEqual(
      [
        ...(parts.includes('code') ? ['code'] : []),
        ...(parts.includes('id_token') ? ['id_token'] : []),
        ...(parts.includes('token') ? ['access_token', 'expires_in', 'scope', 'token_type'] : []),
        'iss',
        'session_state',
        'state',
      ].sort(),
    );
    expect(params.state).toBe('a state');
  });

  it('takes its parts in any order (Multiple Response Types §3)', async () => {
    const { params } = await ask({ response_type: [...parts].reverse().join(' ') });
    expect(params.error).toBeUndefined();
  });

  it.each(['form_post', 'fragment'])('works with response_mode=%s', async (response_mode) => {
    const { params } = await ask({ response_type: type, response_mode });
    expect(params.error).toBeUndefined();
    expect('code' in params).toBe(parts.includes('code'));
  });

  it('never answers in the query', async () => {
    const { params, location } = await ask({ response_type: type, response_mode: 'query' });
    expect(params.error).toBe('invalid_request');
    expect(location).toContain('#');
  });

  if (parts.includes('id_token')) {
    it('binds the ID token to what comes with it', async () => {
      const { params } = await ask({ response_type: type, state: 'bound' });
      const { claims } = await verifyIdToken(server, client.client_id, params.id_token);
      expect(claims.nonce).toBe('n-1');
      expect(claims.s_hash).toBe(halfHash('bound'));
      expect(claims.c_hash).toBe(params.code === undefined ? undefined : halfHash(params.code));
      expect(claims.at_hash).toBe(params.access_token === undefined ? undefined : halfHash(params.access_token));
    });

    it('needs a nonce (§3.2.2.1, §3.3.2.11)', async () => {
      expect((await ask({ response_type: type, nonce: undefined })).params).toMatchObject({ error: 'invalid_request' });
    });

    it('needs the scope openid', async () => {
      expect((await ask({ response_type: type, scope: 'profile' })).params.error).toBe('invalid_request');
    });
  }

  if (parts.includes('code')) {
    it('gives a code whose ID token is about the same sign-in (§3.3.3.6)', async () => {
      const flow = await ask({ response_type: type });
      const tokens = await redeem(server, client, { ...flow, redirectUri: client.redirect_uris[0] });
      const { claims } = await verifyIdToken(server, client.client_id, tokens.id_token);
      if (flow.params.id_token) {
        const front = await verifyIdToken(server, client.client_id, flow.params.id_token);
        expect(front.claims).toMatchObject({
          iss: claims.iss,
          sub: claims.sub,
          auth_time: claims.auth_time,
          sid: claims.sid,
        });
      }
      expect(claims.nonce).toBe('n-1');
    });
  }
});

describe('claims of the scope (§5.4)', () => {
  it('are in the ID token only when there is no access token to ask for them', async () => {
    for (const type of TYPES.filter((one) => one.includes('id_token'))) {
      const { params } = await ask({ response_type: type, scope: 'openid profile' });
      const { claims } = await verifyIdToken(server, client.client_id, params.id_token);
      expect('preferred_username' in claims).toBe(type === 'id_token');
    }
  });
});

describe('response_type=none (Multiple Response Types §4)', () => {
  it('says in the query that the user agreed, and gives nothing', async () => {
    const { params, pages, location } = await ask({ response_type: 'none', state: 's' });
    expect(params).toEqual({ state: 's', session_state: expect.any(String), iss: server.issuer });
    expect(location).not.toContain('#');
    expect(pages).toEqual([]);
  });
});
