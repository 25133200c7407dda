// examples/protected-api: an API on Fastify and on Express that verifies the JWTs of an authorization server.
import { basic } from '../support/http.js';
import { type RunningExample, startExample } from '../support/example.js';

const SECRETS = {
  reader: 'a-reader-secret-of-32-characters-or-so',
  forecaster: 'a-forecaster-secret-of-32-characters',
};

describe.each([
  ['Fastify', []],
  ['Express', ['--express']],
])('on %s', (adapter, args) => {
  let example: RunningExample;
  let issuer: string;
  beforeAll(async () => {
    example = await startExample('protected-api', { args, ready: new RegExp(`The API is ready on ${adapter}`) });
    issuer = /accepts tokens of (\S+)\./.exec(example.said())![1];
  }, 150_000);

  const tokenOf = async (client: keyof typeof SECRETS, resource = example.url): Promise<string> => {
    const response = await fetch(`${issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic(client, SECRETS[client]) },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(resource && { resource }) }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const ask = (path: string, token?: string, forecast?: string): Promise<Response> =>
    fetch(example.url + path, {
      method: forecast === undefined ? 'GET' : 'POST',
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(forecast !== undefined && { 'content-type': 'application/json' }),
      },
      body: forecast === undefined ? undefined : JSON.stringify({ forecast }),
    });

  it('leads from a 401 to the issuer', async () => {
    const refused = await ask('/weather');
    expect(refused.status).toBe(401);
    const metadata = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate')!)![1];
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: example.url,
      authorization_servers: [issuer],
      scopes_supported: ['weather:read', 'weather:write'],
    });
  });

  it('answers a token with the scope, and refuses one without', async () => {
    const [reader, forecaster] = [await tokenOf('reader'), await tokenOf('forecaster')];
    expect(await (await ask('/weather', reader)).json()).toMatchObject({ reader: 'reader' });
    const refused = await ask('/weather', reader, 'rain');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="weather:read weather:write"');
    expect(await (await ask('/weather', forecaster, 'rain')).json()).toEqual({
      forecast: 'rain',
      writer: 'forecaster',
    });
  });

  it('refuses a token that is meant for another resource, and one that is broken', async () => {
    const token = await tokenOf('reader');
    for (const wrong of [await tokenOf('reader', ''), `${token.slice(0, -4)}AAAA`, 'no-token-at-all']) {
      const refused = await ask('/weather', wrong);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  it('wants a recent sign-in where the route says so (RFC 9470)', async () => {
    const refused = await ask('/weather/warnings', await tokenOf('reader'));
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"');
    expect(refused.headers.get('www-authenticate')).toContain('max_age="300"');
  });

  it('lets everybody in where the route says so', async () => {
    expect(await (await ask('/weather/today')).json()).toMatchObject({ known: false });
    expect(await (await ask('/weather/today', await tokenOf('reader'))).json()).toMatchObject({ known: true });
    expect((await ask('/weather/about')).status).toBe(200);
    expect((await ask('/weather/today', 'broken')).status).toBe(401);
  });

  it('stops with status 0', async () => {
    expect(await example.stop()).toBe(0);
  });
});
