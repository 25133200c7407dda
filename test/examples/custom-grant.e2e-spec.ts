// examples/custom-grant: a grant type, a scope's claims and a listener of the application's own.
import { type RunningExample, startExample } from '../support/example.js';

const CLIENT = `Basic ${btoa('app:an-app-secret-of-32-characters-or-so')}`;
const GRANT_TYPE = 'urn:example:magic-link';

let example: RunningExample;
beforeAll(async () => {
  example = await startExample('custom-grant', { ready: /get a link instead of a password/ });
}, 150_000);

const link = async (login: string): Promise<string> =>
  ((await (await fetch(`${example.url}/links/${login}`, { method: 'POST' })).json()) as { link: string }).link;

const redeem = (presented: string, scope = 'openid team'): Promise<Response> =>
  fetch(`${example.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: CLIENT },
    body: new URLSearchParams({ grant_type: GRANT_TYPE, link: presented, scope }),
  });

it('redeems a link once, for tokens that tell the team', async () => {
  const alices = await link('alice');
  const answer = await redeem(alices);
  expect(answer.status).toBe(200);
  const tokens = (await answer.json()) as { access_token: string };
  expect(tokens).toMatchObject({ expires_in: 600, scope: 'openid team', id_token: expect.any(String) });
  const told = await fetch(`${example.url}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(await told.json()).toEqual({ sub: expect.any(String), team: 'Research' });

  const again = await redeem(alices);
  expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
});

it('refuses the link of somebody who has no account', async () => {
  expect((await redeem(await link('nobody'))).status).toBe(400);
});

it('advertises the grant type, and the claims', async () => {
  const metadata = await (await fetch(`${example.url}/.well-known/openid-configuration`)).json();
  expect(metadata).toMatchObject({
    grant_types_supported: expect.arrayContaining([GRANT_TYPE]),
    claims_supported: expect.arrayContaining(['team']),
  });
});

it('has told its listener, and stops with status 0', async () => {
  expect(example.said()).toMatch(/app got a token by urn:example:magic-link for user \S+: openid team/);
  expect(await example.stop()).toBe(0);
});
