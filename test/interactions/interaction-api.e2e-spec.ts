// Sign-in, consent and the choice of an account as JSON, for pages that are not ours.
// @see RFC 6749 §10.12, RFC 9700 §4.7, OIDC Core §3.1.2.4 https://openid.net/specs/openid-connect-core-1_0.html#Consent
import { randomBytes } from 'node:crypto';
import { CALLBACK, CLIENTS, USERS } from '../support/fixtures.js';
import { baseOf, introspect, redeem, signUp } from '../support/flow.js';
import { forms } from '../support/html.js';
import { CookieJar, pkce, visit } from '../support/http.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';
import { isSignedIn } from '../pages/browse.js';
import { type Answer, answerTo, MEMBERS, Spa, STEPS } from './spa.js';

const server = sharedServer();
const PASSWORD = 'a password of nobody else';
const newName = (): string => `user-${randomBytes(6).toString('hex')}`;

const refused = (answer: Answer): [number, string] => [answer.status, answer.body.error as string];

/** Somebody who is signed in and is asked for consent. */
async function atConsent(
  params: object = {},
): Promise<{ spa: Spa; answer: Answer; username: string; password: string }> {
  const user = await signUp(server);
  const spa = await Spa.asked(server, { scope: 'read', ...params }, user.jar);
  return { spa, answer: await spa.read(), username: user.username, password: user.password };
}

describe('the way from the request to the code', () => {
  it('is walked by fetch alone', async () => {
    const { username, password } = await signUp(server);
    const { parameters, verifier } = pkce();
    const spa = await Spa.asked(server, { scope: 'profile read', state: 'of-the-client', ...parameters });

    const asked = await spa.read();
    expect([asked.status, asked.body.kind, asked.body.user]).toEqual([200, 'sign-in', undefined]);
    const signedIn = await spa.send('sign-in', { username, password });
    expect(signedIn.body).toMatchObject({ kind: 'consent', user: { username } });
    const end = await spa.send('consent', { decision: 'allow' });
    expect(Object.keys(end.body as object)).toEqual(['redirect_to']);
    expect(end.body.redirect_to).toMatch(`${CALLBACK}?`);
    const { code, state, iss } = answerTo(end);
    expect([state, iss]).toEqual(['of-the-client', server.issuer]);
    const tokens = await redeem(server, CLIENTS.web, { code, verifier, redirectUri: CALLBACK });
    expect(tokens.scope).toBe('profile read');
    expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, username });
  });

  it('says all that people have to know before they decide', async () => {
    const { answer, username } = await atConsent({
      scope: 'openid read',
      resource: 'https://api.example.com',
      login_hint: 'somebody',
      ui_locales: 'de-CH en',
    });
    const { interaction, csrf_token, ...said } = answer.body;
    expect([typeof interaction, typeof csrf_token]).toEqual(['string', 'string']);
    expect(said).toEqual({
      kind: 'consent',
      page: `/consent?interaction=${interaction}&ui_locales=de`,
      client: {
        client_id: 'web',
        client_name: 'Web App',
        client_uri: 'https://client.example/',
        policy_uri: 'https://client.example/policy',
        tos_uri: 'https://client.example/tos',
        first_party: false,
        self_registered: false,
        redirect_host: 'client.example',
        redirect_is_local: false,
      },
      scopes: [
        { name: 'openid', description: 'Know who you are' },
        { name: 'read', description: expect.stringMatching(/ /) },
      ],
      resources: [{ identifier: 'https://api.example.com', name: expect.any(String) }],
      user: { username },
      switch_user: false,
      identity_providers: [],
      sign_up: true,
      login_hint: 'somebody',
      ui_locales: ['de-CH', 'en'],
    });
  });

  it('tells of a program on the machine, whose redirect URI proves nothing (RFC 8252 §8.6)', async () => {
    const spa = await Spa.asked(server, { client_id: 'native', redirect_uri: 'http://127.0.0.1:5555/callback' });
    expect((await spa.read()).body.client).toMatchObject({ redirect_host: '127.0.0.1:5555', redirect_is_local: true });
    const app = await Spa.asked(server, { client_id: 'native', redirect_uri: 'com.example.native:/callback' });
    expect((await app.read()).body.client).toMatchObject({
      redirect_host: 'com.example.native:',
      redirect_is_local: true,
    });
  });

  it('begins with a new account where the client asks for one', async () => {
    const spa = await Spa.asked(server, { prompt: 'create', scope: 'read' });
    expect((await spa.read()).body.kind).toBe('sign-up');
    const username = newName();
    const taken = await spa.send('sign-up', { username: USERS.alice.username, password: PASSWORD });
    expect([taken.status, taken.body.faults]).toEqual([409, [{ member: 'username', problem: 'is already taken' }]]);
    const short = await spa.send('sign-up', { username, password: 'short', email: 'no address' });
    expect(short.status).toBe(400);
    expect(short.body.faults.map(({ member }: { member: string }) => member).sort()).toEqual(['email', 'password']);
    expect((await spa.send('sign-up', { username, password: PASSWORD })).body).toMatchObject({
      kind: 'consent',
      user: { username },
    });
    expect(answerTo(await spa.send('consent', { decision: 'allow' })).code).toBeDefined();
  });

  it('goes on with the account that was chosen, or with another one', async () => {
    const { spa, answer, username } = await atConsent({ prompt: 'select_account' });
    expect(answer.body).toMatchObject({ kind: 'select-account', user: { username } });
    const other = spa.tab();
    expect((await spa.send('select-account')).body).toMatchObject({ kind: 'consent', user: { username } });

    const second = await signUp(server);
    const asked = await other.read({ switch: '1' });
    expect(asked.body).toMatchObject({ kind: 'sign-in', switch_user: true, user: { username } });
    const signedIn = await other.send('sign-in', { username: second.username, password: second.password });
    expect(signedIn.body).toMatchObject({ kind: 'consent', switch_user: false, user: { username: second.username } });
  });

  it('asks who is signed in for the password again where the client wants it', async () => {
    const user = await signUp(server);
    const spa = await Spa.asked(server, { prompt: 'login', scope: 'read' }, user.jar);
    expect((await spa.read()).body).toMatchObject({
      kind: 'sign-in',
      switch_user: false,
      user: { username: user.username },
    });
    const before = user.jar.session()!.value;
    expect((await spa.send('sign-in', { username: user.username, password: user.password })).body.kind).toBe('consent');
    expect(user.jar.session()!.value).not.toBe(before);
  });

  it.each(['deny', 'cancel'])('ends at the client when people say no (%s)', async (how) => {
    const spa = how === 'deny' ? (await atConsent()).spa : await Spa.asked(server);
    await spa.read();
    const end = how === 'deny' ? await spa.send('consent', { decision: 'deny' }) : await spa.send('cancel');
    expect(answerTo(end)).toMatchObject({ error: 'access_denied', iss: server.issuer });
  });

  it('is at its end where nothing is asked any more', async () => {
    const { spa, username, password } = await atConsent();
    await spa.send('consent', { decision: 'allow' });
    const jar = new CookieJar();
    const again = await Spa.asked(server, { scope: 'read' }, jar);
    await again.read();
    expect(answerTo(await again.send('sign-in', { username, password })).code).toBeDefined();
  });

  it('leads to a response that is a page of its own, in this browser only (Form Post Response Mode §2)', async () => {
    const { spa } = await atConsent({ response_mode: 'form_post', state: 'posted' });
    const { redirect_to: url } = (await spa.send('consent', { decision: 'allow' })).body;
    expect(url).toMatch(`${server.issuer}/oauth/authorize/response?answer=`);
    expect(url).not.toContain('client.example');
    const page = await visit(spa.jar, url as string);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const [sent] = forms(await page.text());
    expect(sent).toMatchObject({ action: CALLBACK, fields: { state: 'posted', code: expect.any(String) } });
    for (const jar of [new CookieJar(), (await signUp(server)).jar]) {
      const foreign = await visit(jar, url as string);
      expect([foreign.status, (await foreign.text()).includes(sent.fields.code)]).toEqual([400, false]);
    }
    for (const answer of ['x', (url as string).split('answer=')[1].slice(0, -8), spa.interaction]) {
      const bad = await visit(spa.jar, `${baseOf(server)}/oauth/authorize/response?answer=${answer}`);
      expect(bad.status).toBe(400);
    }
  });
});

describe('a sign-in', () => {
  it('with a wrong password, or of nobody, is told the same', async () => {
    const { username } = await signUp(server);
    const spa = await Spa.asked(server);
    await spa.read();
    const [wrong, unknown] = [
      await spa.send('sign-in', { username, password: 'a wrong password' }),
      await spa.send('sign-in', { username: newName(), password: 'a wrong password' }),
    ];
    expect(refused(wrong)).toEqual([400, 'wrong_credentials']);
    expect(unknown.body).toEqual(wrong.body);
    expect(spa.jar.session()).toBeUndefined();
  });

  it.each([
    [{}, ['password', 'username']],
    [{ username: '', password: '' }, ['password', 'username']],
    [{ username: ['alice'], password: { a: 1 } }, ['password', 'username']],
    [{ username: 'a\u0000', password: 'b' }, ['username']],
    [{ username: 'a', password: 'b', remember: true }, ['remember']],
    [{ username: 'a', password: 'b', interaction: null }, ['interaction']],
  ])('with %j says what is wrong, member by member', async (members, faulty) => {
    const spa = await Spa.asked(server);
    await spa.read();
    const { status, body } = await spa.send('sign-in', members);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.faults.map(({ member }: { member: string }) => member).sort()).toEqual(faulty);
  });

  it('that fails again and again has to wait, as at the page', async () => {
    const { username, password } = await signUp(server);
    const spa = await Spa.asked(server);
    await spa.read();
    let answer: Answer;
    let failures = 0;
    do answer = await spa.send('sign-in', { username, password: 'a wrong password' });
    while (answer.status === 400 && ++failures < 10);
    expect(failures).toBe(5);
    expect(refused(answer)).toEqual([429, 'too_many_attempts']);
    expect(answer.body.retry_after).toBeGreaterThan(0);
    expect(answer.headers.get('retry-after')).toBe(String(answer.body.retry_after));
    expect(refused(await spa.send('sign-in', { username, password }))).toEqual([429, 'too_many_attempts']);
  });

  it('in a tab that was opened before another tab signed in is taken', async () => {
    const { username, password } = await signUp(server);
    const jar = new CookieJar();
    const [first, second] = [
      await Spa.asked(server, { scope: 'read' }, jar),
      await Spa.asked(server, { scope: 'read' }, jar),
    ];
    await first.read();
    await second.read();
    expect((await first.send('sign-in', { username, password })).body.kind).toBe('consent');
    expect((await second.send('sign-in', { username, password })).body.kind).toBe('consent');
  });
});

describe('a consent', () => {
  it('is given to what was shown, not to the link of the page', async () => {
    const user = await signUp(server);
    const spa = await Spa.asked(server, { scope: 'read' }, user.jar);
    const link = spa.interaction;
    await spa.read();
    const answer = await spa.send('consent', { interaction: link, decision: 'allow' });
    expect(answer.body.kind).toBe('consent');
    expect(
      await query(server, `SELECT FROM consents JOIN users ON users.id::text = user_id::text WHERE username = $1`, [
        user.username,
      ]),
    ).toEqual([]);
  });

  it.each(['allow', 'deny'])('is given once (%s)', async (decision) => {
    const { spa } = await atConsent();
    const again = spa.tab();
    expect((await spa.send('consent', { decision })).status).toBe(200);
    for (const other of ['allow', 'deny'])
      expect(refused(await again.send('consent', { decision: other }))).toEqual([400, 'invalid_interaction']);
    expect(refused(await again.read())).toEqual([400, 'invalid_interaction']);
  });

  it('has one winner when it is given many times at once', async () => {
    const { spa } = await atConsent();
    const tabs = Array.from({ length: 8 }, () => spa.tab(spa.jar.copy()));
    const answers = await Promise.all(tabs.map((tab) => tab.send('consent', { decision: 'allow' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(400)]);
  });

  it('of one user is not given by the next one at the same browser', async () => {
    const { spa } = await atConsent();
    const stale = spa.tab();
    const next = await signUp(server);
    await spa.read({ switch: '1' });
    await spa.send('sign-in', { username: next.username, password: next.password });
    expect(refused(await stale.send('consent', { decision: 'allow' }))).toEqual([403, 'invalid_csrf_token']);
  });

  it('is no decision when it says neither allow nor deny', async () => {
    const { spa } = await atConsent();
    expect((await spa.send('consent', { decision: 'maybe' })).body.faults).toEqual([
      { member: 'decision', problem: 'must be allow or deny' },
    ]);
    expect(answerTo(await spa.send('consent', { decision: 'allow' })).code).toBeDefined();
  });
});

describe('nobody else', () => {
  it.each(STEPS)('goes on with an interaction of another browser (%s)', async (step) => {
    const { spa } = await atConsent();
    const thief = (await atConsent()).spa;
    for (const other of [thief, new Spa(server, new CookieJar())]) {
      const { csrf } = other;
      const tab = Object.assign(other.tab(), { interaction: spa.interaction, csrf });
      expect(refused(await tab.read())).toEqual([400, 'invalid_interaction']);
      const members = { ...MEMBERS[step], ...(step === 'sign-up' && { username: newName(), password: PASSWORD }) };
      const answer = await tab.send(step, members);
      expect(refused(answer)).toEqual(csrf === '' ? [403, 'invalid_csrf_token'] : [400, 'invalid_interaction']);
    }
    expect((await spa.read()).body.kind).toBe('consent');
  });

  it.each(STEPS)('forges a request: the token counts (%s)', async (step) => {
    const { spa } = await atConsent();
    const foreign = (await atConsent()).spa.csrf;
    for (const csrf of [null, '', 'x', foreign, `${spa.csrf.slice(0, -4)}AAAA`]) {
      const answer = await spa.send(step, MEMBERS[step], { csrf });
      expect([csrf, ...refused(answer)]).toEqual([csrf, 403, 'invalid_csrf_token']);
    }
    expect((await spa.read()).body.kind).toBe('consent');
  });

  it.each(STEPS)('sends it from another origin, whatever the token (%s)', async (step) => {
    const { spa } = await atConsent();
    const origins: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${server.url}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of origins) {
      expect(refused(await spa.send(step, MEMBERS[step], { headers }))).toEqual([403, 'foreign_origin']);
      expect(refused(await spa.read({}, headers))).toEqual([403, 'foreign_origin']);
    }
    expect((await spa.read()).body.kind).toBe('consent');
  });

  it.each(STEPS)('posts a form, or text that looks like JSON (%s)', async (step) => {
    const { spa } = await atConsent();
    const json = JSON.stringify({ interaction: spa.interaction, csrf_token: spa.csrf, ...MEMBERS[step] });
    const form = new URLSearchParams({
      interaction: spa.interaction,
      csrf_token: spa.csrf,
      decision: 'allow',
    }).toString();
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', form],
      ['text/plain', json],
      ['multipart/form-data; boundary=x', json],
      ['application/jsonp', json],
    ]) {
      const answer = await spa.send(step, {}, { body, headers: { 'content-type': type } });
      expect([type, ...refused(answer)]).toEqual([type, 415, 'unsupported_media_type']);
    }
    for (const body of ['[]', '"x"', 'null', '{', ''])
      expect([body, (await spa.send(step, {}, { body })).status]).toEqual([body, 400]);
    expect((await spa.read()).body.kind).toBe('consent');
  });

  it('takes the token as a member, too', async () => {
    const { spa } = await atConsent();
    const answer = await spa.send('consent', { decision: 'allow', csrf_token: spa.csrf }, { csrf: null });
    expect(answerTo(answer).code).toBeDefined();
  });

  it('reads an answer across origins', async () => {
    const { spa } = await atConsent();
    const preflight = await fetch(`${baseOf(server)}/oauth/interaction/consent`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://spa.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('allow')]).toEqual([405, 'POST']);
    for (const { headers } of [await spa.read(), await spa.read({}, { origin: 'https://spa.example' }), preflight])
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('finds an answer in a cache', async () => {
    const { spa } = await atConsent();
    for (const { headers } of [
      await spa.read(),
      await spa.send('consent', {}),
      await spa.send('consent', { decision: 'deny' }),
    ]) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('keeps a session that somebody planted', async () => {
    const attacker = await signUp(server);
    const victim = await signUp(server);
    const jar = new CookieJar();
    const planted = attacker.jar.session()!;
    jar.set(planted.name, planted.value);
    const spa = await Spa.asked(server, { prompt: 'login' }, jar);
    await spa.read();
    await spa.send('sign-in', { username: victim.username, password: victim.password });
    expect(jar.session()!.value).not.toBe(planted.value);
    expect(await isSignedIn(server, attacker.jar)).toBe(false);
  });
});

it.each([
  ['no interaction', ''],
  ['an empty one', 'interaction='],
  ['two', 'interaction=a&interaction=b'],
  ['one that was never sealed', 'interaction=x'],
  ['a nested one', 'interaction[a]=x'],
  ['malformed text', 'interaction=%ff'],
  ['a NUL', 'interaction=%00'],
  ['something more', 'interaction=x&unheard_of=1'],
])('%s is no interaction', async (_what, asked) => {
  const response = await fetch(`${baseOf(server)}/oauth/interaction?${asked}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    400,
    expect.stringMatching(/^application\/json/),
  ]);
  expect(await response.json()).toMatchObject({ error: expect.stringMatching(/^invalid_(?:request|interaction)$/) });
});

it.each(['/oauth/interaction/unheard-of', '/oauth/interaction/'])('there is nothing at %s', async (path) => {
  const response = await fetch(`${baseOf(server)}${path}`);
  expect([response.status, (await response.json()) as object]).toMatchObject([404, { error: 'not_found' }]);
});
