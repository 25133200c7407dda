// Every form is accepted from our own page, in the browser and session it was made for, and from nowhere else.
// @see RFC 9700 §4.7 https://www.rfc-editor.org/rfc/rfc9700#section-4.7
import { randomBytes } from 'node:crypto';
import { CLIENTS } from '../support/fixtures.js';
import { obtainTokens, signUp } from '../support/flow.js';
import { forms, hasId } from '../support/html.js';
import { CookieJar, form, type ParameterMap, visit } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { arrive, ask, createClient, formOf, NEW_CLIENT, open, press, type Stop } from './browse.js';

const server = sharedServer();
const PASSWORD = 'a password of nobody else';

/** A form in front of somebody. */
interface Case {
  jar: CookieJar;
  page: Stop;
  /** Its id, or the end of its action. */
  name: string;
  fields?: ParameterMap;
  /** A token that this browser got in another session. */
  stale: string;
}

const newName = (): string => `user-${randomBytes(6).toString('hex')}`;

function tokenOf(page: Stop): string {
  return forms(page.html).find(({ fields }) => fields.csrf_token !== undefined)!.fields.csrf_token;
}

/** A browser in which somebody has just signed up, and a token from before. */
async function somebody(): Promise<{ jar: CookieJar; stale: string }> {
  const jar = new CookieJar();
  const page = await open(server, jar, '/sign-up');
  const home = await press(server, jar, page, 'sign-up', { username: newName(), password: PASSWORD });
  expect(hasId(home.html, 'account-link')).toBe(true);
  return { jar, stale: tokenOf(page) };
}

/** A browser from which somebody has signed out, and a token of that session. */
async function nobody(): Promise<{ jar: CookieJar; stale: string }> {
  const { jar } = await somebody();
  const page = await open(server, jar, '/oauth/logout');
  const left = await press(server, jar, page, 'sign-out', { decision: 'confirm' });
  expect(hasId(left.html, 'signed-out')).toBe(true);
  return { jar, stale: tokenOf(page) };
}

async function at(path: string, name: string, fields?: ParameterMap): Promise<Case> {
  const { jar, stale } = await somebody();
  return { jar, stale, page: await open(server, jar, path), name, fields };
}

async function atOwnClient(path: string, name: string, fields?: ParameterMap): Promise<Case> {
  const { jar, stale } = await somebody();
  const { path: link } = await createClient(server, jar);
  return { jar, stale, page: await open(server, jar, link + path), name, fields };
}

const CASES: Record<string, () => Promise<Case>> = {
  'sign in': async () => {
    const { username, password } = await signUp(server);
    const browser = await nobody();
    return {
      ...browser,
      page: await open(server, browser.jar, '/sign-in'),
      name: 'sign-in',
      fields: { username, password },
    };
  },
  'cancel the sign-in': async () => {
    const browser = await nobody();
    return { ...browser, page: await ask(server, browser.jar), name: 'sign-in-cancel-form' };
  },
  'sign up': async () => {
    const browser = await nobody();
    const fields = { username: newName(), password: PASSWORD };
    return { ...browser, page: await open(server, browser.jar, '/sign-up'), name: 'sign-up', fields };
  },
  consent: async () => {
    const browser = await somebody();
    return { ...browser, page: await ask(server, browser.jar), name: 'consent', fields: { decision: 'allow' } };
  },
  'create a client': () => at('/clients/new', 'new-client', NEW_CLIENT),
  'change a client': () => atOwnClient('', 'edit-client', { ...NEW_CLIENT, client_name: 'Changed' }),
  'replace a secret': () => atOwnClient('', 'rotate-secret'),
  'delete a client': () => atOwnClient('/delete', 'delete-client-form'),
  'change the password': () =>
    at('/account', 'change-password', { current_password: PASSWORD, new_password: 'another password' }),
  'disconnect an application': async () => {
    const browser = await somebody();
    await obtainTokens(server, CLIENTS.web, {}, browser.jar);
    return { ...browser, page: await open(server, browser.jar, '/account'), name: 'revoke' };
  },
  'end a session': () => at('/account', 'sign-out'),
  'end the other sessions': async () => {
    const browser = await somebody();
    const { jar, username } = await other(browser.jar);
    await press(server, jar, await open(server, jar, '/sign-in'), 'sign-in', { username, password: PASSWORD });
    return { ...browser, page: await open(server, browser.jar, '/account'), name: 'sign-out-others' };
  },
  'sign out': () => at('/oauth/logout', 'sign-out', { decision: 'confirm' }),
};

/** Another browser of the person in this one. */
async function other(jar: CookieJar): Promise<{ jar: CookieJar; username: string }> {
  const { html } = await open(server, jar, '/account');
  return { jar: new CookieJar(), username: /user-[\da-f]{12}/.exec(html)![0] };
}

const ORIGIN = new URL(server.issuer).origin;
const HERE = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' };

describe.each(Object.keys(CASES))('the form to %s', (title) => {
  it('is refused from anywhere else, and accepted from our page afterwards', async () => {
    const { jar, page, name, fields, stale } = await CASES[title]();
    const found = formOf(page, name);
    const send = async (
      headers: Record<string, string>,
      changed: ParameterMap = {},
      browser = jar,
    ): Promise<string> => {
      const body = form({ ...found.fields, ...fields, ...changed });
      const target = new URL(found.action || page.at, page.at);
      const response = await visit(browser, target, { method: 'POST', headers, body });
      const stop = await arrive(server, browser.copy(), response);
      return `${response.status} ${hasId(stop.html, 'error') ? stop.error : 'page'}${stop.params.code ?? ''}`;
    };
    const stranger = await somebody();
    const withoutBrowser = new CookieJar();
    const session = jar.session();
    if (session) withoutBrowser.set(session.name, session.value);

    expect({
      'no token': await send(HERE, { csrf_token: undefined }),
      'an empty token': await send(HERE, { csrf_token: '' }),
      'a changed token': await send(HERE, {
        csrf_token: found.fields.csrf_token.replace(/.$/, (x) => (x === 'A' ? 'E' : 'A')),
      }),
      "another browser's token": await send(HERE, {
        csrf_token: tokenOf(await open(server, stranger.jar, '/oauth/logout')),
      }),
      "another session's token": await send(HERE, { csrf_token: stale }),
      'another browser': await send(HERE, {}, stranger.jar.copy()),
      'no browser cookie': await send(HERE, {}, withoutBrowser),
      'another origin': await send({ origin: 'https://evil.example' }),
      'another port': await send({ origin: 'http://localhost:1' }),
      'another scheme': await send({ origin: ORIGIN.replace('http:', 'https:') }),
      'no origin to speak of': await send({ origin: 'null' }),
      'another site': await send({ 'sec-fetch-site': 'cross-site' }),
      'a sibling site': await send({ 'sec-fetch-site': 'same-site' }),
      'our origin, another site': await send({ ...HERE, 'sec-fetch-site': 'cross-site' }),
    }).toEqual({
      'no token': '403 invalid_form',
      'an empty token': '403 invalid_form',
      'a changed token': '403 invalid_form',
      "another browser's token": '403 invalid_form',
      "another session's token": '403 invalid_form',
      // Somebody else's client is none.
      'another browser':
        found.action.startsWith('/clients/') && name !== 'new-client' ? '404 not_found' : '403 invalid_form',
      'no browser cookie': '403 invalid_form',
      'another origin': '403 invalid_form',
      'another port': '403 invalid_form',
      'another scheme': '403 invalid_form',
      'no origin to speak of': '403 invalid_form',
      'another site': '403 invalid_form',
      'a sibling site': '403 invalid_form',
      'our origin, another site': '403 invalid_form',
    });
    expect((await press(server, jar, page, name, fields)).error).toBeUndefined();
  });
});

it('is no form that the table above has left out', async () => {
  const { jar } = await somebody();
  await obtainTokens(server, CLIENTS.web, {}, jar);
  const { path: client } = await createClient(server, jar);
  const anonymous = new CookieJar();
  const pages = [
    ...['/', '/account', '/clients/new', client, `${client}/delete`, '/oauth/logout'].map((path) =>
      open(server, jar, path),
    ),
    ask(server, jar, { prompt: 'consent' }),
    ask(server, anonymous),
    open(server, anonymous, '/sign-in'),
    open(server, anonymous, '/sign-up'),
  ];
  const names = new Set<string>();
  for (const { html } of await Promise.all(pages)) {
    for (const { id, action, method, fields } of forms(html)) {
      expect({ id, method, token: fields.csrf_token }).toEqual({
        id,
        method: 'POST',
        token: expect.stringMatching(/.{40}/),
      });
      names.add(id ?? action.split('/').at(-1)!);
    }
  }
  expect([...names].sort()).toEqual([
    'change-password', 'consent', 'delete-client-form', 'edit-client', 'new-client', 'revoke', 'rotate-secret', 'sign-in',
    'sign-in-cancel-form', 'sign-out', 'sign-up',
  ]); // prettier-ignore
});

it('says what to send instead of multipart/form-data', async () => {
  const jar = new CookieJar();
  const page = await open(server, jar, '/sign-in');
  const body = new FormData();
  body.append('csrf_token', tokenOf(page));
  const stop = await open(server, jar, '/sign-in', { method: 'POST', headers: HERE, body });
  expect(stop.status).toBeGreaterThanOrEqual(400);
  expect(stop.status).toBeLessThan(500);
  expect(stop.html).toContain('application/x-www-form-urlencoded');
});
