// `oidc-provider` of npm as a server: a process of its own, for jest cannot load it. Set up by SETTINGS (JSON), asked by messages.
// Whoever comes is signed in without a page, as `login_hint` says; `refuses` refuses.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
// In the package itself: providers that follow one another share what they have stored.
import { createMemoryAdapter } from '../../node_modules/oidc-provider/lib/adapters/memory_adapter.js';

const { clients, features = {}, configuration = {} } = JSON.parse(process.env.SETTINGS);

const adapter = createMemoryAdapter();
const seen = [];
let generation = 0;
let provider;
let handle;

const key = async (alg, use, kid) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use, kid };
};

/** A provider with keys of its own in the place of the former one. */
async function take() {
  generation++;
  const keys = [await key('RS256', 'sig', `rs-${generation}`), await key('ES256', 'sig', `es-${generation}`)];
  provider = new Provider(issuer, {
    adapter,
    clients,
    jwks: { keys },
    cookies: { keys: ['a key of the cookies of this provider'] },
    claims: {
      openid: ['sub', 'sid'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
    responseTypes: ['code', 'code id_token', 'id_token'],
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: `${id} of the other side`,
        preferred_username: id,
        email: `${id}@provider.example`,
        email_verified: true,
      }),
    }),
    // Back-channel logout goes to this machine.
    fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      requestObjects: { enabled: true },
      jwtUserinfo: { enabled: true },
      jwtResponseModes: { enabled: true },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = form.replace('</form>', '<input type="hidden" name="logout" value="yes"/></form>');
        },
      },
      ...features,
    },
    ...configuration,
  });
  provider.on('server_error', (_, error) => console.error(error));
  handle = provider.callback();
}

async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'refuses')
    return provider.interactionFinished(request, response, {
      error: 'access_denied',
      error_description: 'The user did not want to',
    });
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, {
      login: { accountId: params.login_hint ?? 'alice', amr: ['pwd'] },
    });
  const known = grantId && (await provider.Grant.find(grantId));
  const grant = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  seen.push({ method, url, headers });
  if (!url.startsWith('/interaction/')) return handle(request, response);
  interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(error.stack);
  });
});

const ANSWERS = {
  /** All requests so far. */
  requests: () => seen,
  /** Other keys: the former ones are known to nobody. */
  rotate: take,
};

process.on('message', async ({ id, question }) => process.send({ id, answer: (await ANSWERS[question]()) ?? null }));

const port = await new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const issuer = `http://127.0.0.1:${port}`;
await take();
process.send({ issuer });
