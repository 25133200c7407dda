// The page of new accounts: the identity providers with which people get one stand there as on the sign-in page.
// @see Initiating User Registration via OpenID Connect 1.0 §4
import { redeem } from '../support/flow.js';
import { hasId } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { APP, atProvider, become, leadsTo, signedInAs, startHouse, unique, waitingAt } from './house.js';

const { server, club } = await startHouse({ sign_up: false });

it('offers the providers with which people get an account, and no other', async () => {
  const page = await (await visit(new CookieJar(), `${server.url}/sign-up`)).text();
  expect([hasId(page, 'sign-in-with-club'), hasId(page, 'sign-in-with-corp')]).toEqual([true, false]);
});

it.each([
  ['create', 'sign-up', ['club']],
  ['login', 'sign-in', ['corp', 'club']],
])('so does the JSON of an application with pages of its own (prompt=%s)', async (prompt, kind, names) => {
  const jar = new CookieJar();
  const page = await waitingAt(server, jar, { prompt });
  const answer = await visit(
    jar,
    `${server.url}/oauth/interaction?interaction=${page.searchParams.get('interaction')}`,
  );
  const body = (await answer.json()) as { kind: string; identity_providers: { name: string }[] };
  expect([body.kind, body.identity_providers.map(({ name }) => name)]).toEqual([kind, names]);
});

it('a client that asks for a new account (prompt=create) gets whoever comes with a provider', async () => {
  const name = unique('new');
  become(club, { sub: unique('sub'), preferred_username: name });
  const jar = new CookieJar();
  const page = await waitingAt(server, jar, { prompt: 'create' });
  expect(page.pathname).toBe('/sign-up');
  const button = /id="sign-in-with-club" href="([^"]+)"/.exec(await (await visit(jar, page)).text())![1];
  const start = await visit(jar, new URL(button.replaceAll('&amp;', '&'), server.url));
  const answer = leadsTo(await visit(jar, await atProvider(leadsTo(start))));
  expect(answer.origin + answer.pathname).toBe(APP.redirect_uris[0]);
  const grant = { code: answer.searchParams.get('code')!, verifier: 'v'.repeat(43), redirectUri: APP.redirect_uris[0] };
  expect((await redeem(server, APP, grant)).id_token).toBeDefined();
  expect(await signedInAs(server, jar)).toBe(name);
});
