// The language of the pages: which one it is, that nothing else changes with it, and that no value of it does harm.
// @see OIDC Core §3.1.2.1, RFC 9110 §12.5.4 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUES } from '../../src/pages/messages/catalogues.js';
import type { Catalogue } from '../../src/pages/messages/catalogue.js';
import { bootstrap, CALLBACK, CLIENTS } from '../support/fixtures.js';
import { signIn, signUp } from '../support/flow.js';
import { forms, hasId, plainText } from '../support/html.js';
import { CookieJar, form, visit } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';
import { ask, authorizationPath, createClient, formOf, NEW_CLIENT, open, press, type Stop } from './browse.js';

const server = sharedServer();
const LOCALES = Object.keys(CATALOGUES);

const languageOf = ({ html }: Stop): string | undefined => /^<!doctype html>\n<html lang="([^"]+)"/.exec(html)?.[1];
const titleOf = ({ html }: Stop): string => plainText(/<title>(.*)<\/title>/.exec(html)?.[1] ?? '');
const idsOf = ({ html }: Stop): string[] => [...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
const fieldsOf = ({ html }: Stop): object[] =>
  forms(html).map(({ id, fields, buttons }) => ({ id, names: Object.keys(fields), buttons }));
const accepting = (language: string): RequestInit => ({ headers: { 'accept-language': language } });

/** Sentences that are on the English page of the same name and in this language read otherwise. */
function englishIn(page: Stop, locale: string): string[] {
  const text = plainText(page.html);
  return (Object.entries(CATALOGUES.en) as [keyof Catalogue, string][])
    .filter(([key, english]) => english !== CATALOGUES[locale][key])
    .filter(([, english]) => english.length > 12 && !english.includes('{') && text.includes(english))
    .map(([key]) => key);
}

interface Case {
  name: string;
  title: keyof Catalogue;
  show: (browser: CookieJar, init: RequestInit) => Promise<Stop>;
}

const at =
  (path: string): Case['show'] =>
  (jar, init) =>
    open(server, jar, path, init);

/** For people who are not signed in. */
const ANONYMOUS: Case[] = [
  { name: 'welcome', title: 'home.title', show: at('/') },
  { name: 'sign-in', title: 'signIn.title', show: at('/sign-in') },
  { name: 'sign-in for a client', title: 'signIn.title', show: at(authorizationPath({ scope: 'profile read' })) },
  { name: 'sign-up', title: 'signUp.title', show: at('/sign-up') },
  { name: 'signed-out', title: 'signedOut.title', show: at('/oauth/logout') },
  { name: 'not found', title: 'error.title', show: at('/nowhere') },
  { name: 'an unknown client', title: 'error.title', show: at('/oauth/authorize?client_id=nobody') },
  { name: 'an expired page', title: 'error.title', show: at('/sign-in?interaction=expired') },
];

describe.each(LOCALES)('in %s', (locale) => {
  const words = CATALOGUES[locale];

  function check(page: Stop, english: Stop, title: keyof Catalogue): void {
    expect(languageOf(page)).toBe(locale);
    expect(page.headers.get('content-language')).toBe(locale);
    expect(page.headers.get('vary')).toMatch(/\baccept-language\b/i);
    expect(page.status).toBe(english.status);
    expect(titleOf(page)).toContain(
      words[title]
        .split(/\{\w+\}/)[0]
        .replace(/\s+/g, ' ')
        .trim(),
    );
    expect(idsOf(page)).toEqual(idsOf(english));
    expect(fieldsOf(page)).toEqual(fieldsOf(english));
    expect(englishIn(page, locale)).toEqual([]);
  }

  it.each(ANONYMOUS)('$name is a page in that language with the ids and fields of the English one', async (one) => {
    const page = await one.show(new CookieJar(), accepting(locale));
    check(page, await one.show(new CookieJar(), accepting('en')), one.title);
  });

  it('pages of somebody signed in are in that language, and of a client and the consent', async () => {
    const { jar } = await signUp(server);
    const { path } = await createClient(server, jar);
    const pages: [string, keyof Catalogue][] = [
      ['/', 'nav.home'],
      ['/account', 'account.title'],
      ['/account?notice=passwordChanged', 'account.title'],
      ['/clients/new', 'clientNew.title'],
      [path, 'layout.title'],
      [`${path}/delete`, 'clientDelete.title'],
      ['/oauth/logout', 'signOut.title'],
      [authorizationPath({ scope: 'openid', prompt: 'select_account' }), 'selectAccount.title'],
      [authorizationPath({ scope: 'openid profile email offline_access', prompt: 'consent' }), 'consent.title'],
    ];
    for (const [page, title] of pages) {
      const english = await open(server, jar, page, accepting('en'));
      check(await open(server, jar, page, accepting(locale)), english, title);
    }
  });

  it('faults of forms are told in that language', async () => {
    const jar = new CookieJar();
    const signUpPage = await open(server, jar, `/sign-up?ui_locales=${locale}`);
    const faulty = { username: 'a@b', email: 'nowhere', password: 'short' };
    const told = await press(server, jar, signUpPage, 'sign-up', faulty);
    expect(languageOf(told)).toBe(locale);
    for (const key of ['signUp.error.usernameAt', 'signUp.error.emailInvalid', 'password.error.length'] as const)
      expect(plainText(told.html)).toContain(words[key]);
    const wrong = await press(server, jar, await open(server, jar, `/sign-in?ui_locales=${locale}`), 'sign-in', {
      username: `nobody-${locale}`,
      password: 'nothing-1',
    });
    expect(plainText(wrong.html)).toContain(words['signIn.error.wrong']);
    expect(englishIn(wrong, locale)).toEqual([]);
  });

  it('built-in scopes are described in that language, others in the words of the operator', async () => {
    const jar = await signIn(server);
    const request = { scope: 'openid email read', prompt: 'consent', ui_locales: locale };
    const text = plainText((await ask(server, jar, request)).html);
    expect(text).toContain(words['scope.openid']);
    expect(text).toContain(words['scope.email']);
    expect(text).toContain('Read your things');
  });
});

describe('ui_locales of an authorization request', () => {
  it.each([
    ['fr', 'fr'],
    ['it fr-CA en', 'fr'],
    ['DE-AT', 'de'],
    ['zh-Hant-TW de', 'zh'],
    ['tlh x-private ja', 'ja'],
  ])('%j is answered in %s, the first language that there is (OIDC Core §3.1.2.1)', async (uiLocales, locale) => {
    expect(languageOf(await ask(server, new CookieJar(), { ui_locales: uiLocales }))).toBe(locale);
  });

  it('goes before what the browser prefers', async () => {
    const page = await open(server, new CookieJar(), authorizationPath({ ui_locales: 'es' }), accepting('de'));
    expect(languageOf(page)).toBe('es');
  });

  it.each(['tlh', 'x', '-', 'de_DE', '*', '../../../etc/passwd', '__proto__', '"><script>alert(1)</script>', 'é', ' '])(
    '%j is ignored without an error when nothing there is asked for',
    async (uiLocales) => {
      const page = await open(server, new CookieJar(), authorizationPath({ ui_locales: uiLocales }), accepting('ja'));
      expect(page.status).toBe(200);
      expect(languageOf(page)).toBe('ja');
      expect(page.html).not.toContain('<script>alert');
    },
  );

  it('is followed through sign-in, consent and back to the client', async () => {
    const jar = new CookieJar();
    const user = await signUp(server);
    const signInPage = await ask(server, jar, { ui_locales: 'de', scope: 'read', prompt: 'consent' });
    expect(languageOf(signInPage)).toBe('de');
    const { username, password } = user;
    const refused = await press(server, jar, signInPage, 'sign-in', { username, password: 'wrong-one-1' });
    expect(languageOf(refused)).toBe('de');
    const consent = await press(server, jar, refused, 'sign-in', { username, password });
    expect(hasId(consent.html, 'consent-allow')).toBe(true);
    expect(languageOf(consent)).toBe('de');
    const notYou = /id="not-you" href="([^"]+)"/.exec(consent.html)?.[1].replaceAll('&amp;', '&') ?? '';
    expect(languageOf(await open(server, jar, notYou))).toBe('de');
    const back = await press(server, jar, consent, 'consent', { decision: 'allow' });
    expect(back.location?.href).toMatch(CALLBACK);
    expect(back.params.code).toBeTruthy();
    expect(back.params).not.toHaveProperty('ui_locales');
  });

  it('is followed to the sign-up page and through it', async () => {
    const jar = new CookieJar();
    const signInPage = await ask(server, jar, { ui_locales: 'ja', scope: 'read', prompt: 'consent' });
    const link = /id="sign-up-link" href="([^"]+)"/.exec(signInPage.html)?.[1].replaceAll('&amp;', '&') ?? '';
    const signUpPage = await open(server, jar, link);
    expect(languageOf(signUpPage)).toBe('ja');
    expect(languageOf(await press(server, jar, signUpPage, 'sign-up', { username: '' }))).toBe('ja');
    const username = `user-${Date.now()}`;
    const consent = await press(server, jar, signUpPage, 'sign-up', { username, password: 'long-enough-1' });
    expect(hasId(consent.html, 'consent-allow')).toBe(true);
    expect(languageOf(consent)).toBe('ja');
  });

  it('is followed when the request is posted, also to an error page', async () => {
    const jar = new CookieJar();
    const [path, body] = authorizationPath({ ui_locales: 'fr' }).split('?');
    const init = { method: 'POST', body: new URLSearchParams(body) };
    expect(languageOf(await open(server, jar, path, init))).toBe('fr');
    const unknown = { method: 'POST', body: form({ client_id: 'nobody', ui_locales: 'fr' }) };
    const refused = await open(server, jar, path, unknown);
    expect(refused.error).toBeTruthy();
    expect(languageOf(refused)).toBe('fr');
  });

  it('decides the language of the page that tells of an expired interaction', async () => {
    const page = await ask(server, new CookieJar(), { ui_locales: 'es' });
    const elsewhere = await open(server, new CookieJar(), new URL(page.at).pathname + new URL(page.at).search);
    expect(plainText(elsewhere.html)).toContain(CATALOGUES.es['error.explain.expired']);
    expect(languageOf(elsewhere)).toBe('es');
  });

  it('sent twice is refused to the client like any other parameter', async () => {
    const answer = await open(server, new CookieJar(), `${authorizationPath({ ui_locales: 'de' })}&ui_locales=fr`);
    expect(answer.params).toMatchObject({ error: 'invalid_request' });
  });
});

describe('ui_locales of any page', () => {
  it('is carried on by its links, its forms and the redirects after them', async () => {
    const { jar } = await signUp(server);
    const account = await open(server, jar, '/account?ui_locales=fr');
    const links = [...account.html.matchAll(/(?:href|action)="(\/(?!assets)[^"]*)"/g)].map((match) => match[1]);
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect(link).toMatch(/[?&]ui_locales=fr$/);
    const refused = await press(server, jar, account, 'change-password', { current_password: 'x', new_password: 'y' });
    expect(languageOf(refused)).toBe('fr');
    const done = await press(
      server,
      jar,
      await open(server, jar, '/clients/new?ui_locales=fr'),
      'new-client',
      NEW_CLIENT,
    );
    expect(languageOf(done)).toBe('fr');
    const signedOut = await press(server, jar, await open(server, jar, '/oauth/logout?ui_locales=fr'), 'sign-out', {
      decision: 'confirm',
    });
    expect(hasId(signedOut.html, 'signed-out')).toBe(true);
    expect(languageOf(signedOut)).toBe('fr');
  });

  it('is carried on to the sign-in and back to the page that asked for it', async () => {
    const jar = new CookieJar();
    const { username, password } = await signUp(server);
    const signInPage = await open(server, jar, '/clients/new?ui_locales=de');
    expect(hasId(signInPage.html, 'sign-in')).toBe(true);
    expect(languageOf(signInPage)).toBe('de');
    const back = await press(server, jar, signInPage, 'sign-in', { username, password });
    expect(hasId(back.html, 'new-client')).toBe(true);
    expect(languageOf(back)).toBe('de');
  });

  it('adds nothing to the links of a page that was not asked for a language', async () => {
    const { jar } = await signUp(server);
    expect((await open(server, jar, '/account', accepting('de'))).html).not.toContain('ui_locales');
  });

  it('is kept by the page that refuses a form, and by its way back', async () => {
    const headers = { origin: server.issuer };
    const body = form({ username: 'a', password: 'b', ui_locales: 'zh' });
    const refused = await open(server, new CookieJar(), '/sign-in?ui_locales=zh', { method: 'POST', headers, body });
    expect(refused.error).toBe('invalid_form');
    expect(languageOf(refused)).toBe('zh');
    expect(refused.html).toMatch(/id="error-again" href="\/sign-in\?ui_locales=zh"/);
  });

  it.each([
    ['endless', 'de-'.repeat(2500)],
    ['a path', '../../../../etc/passwd'],
    ['markup', '"><script>alert(1)</script>'],
    ['a header', 'de\r\nset-cookie: a=b'],
    ['many', 'x '.repeat(1000)],
  ])('that is %s does no harm', async (_, value) => {
    const path = `/sign-in?${new URLSearchParams({ ui_locales: value }).toString()}`;
    const page = await open(server, new CookieJar(), path, accepting('de'));
    expect(page.status).toBe(200);
    expect(languageOf(page)).toBe('de');
    expect(page.html).not.toContain('<script>alert');
    expect(page.html.length).toBeLessThan(20_000);
    expect(page.headers.get('set-cookie')).not.toContain('a=b');
  });

  it('with NUL or a broken escape is refused by a page that has a language', async () => {
    for (const value of ['%00', 'de%00', '%zz', '%ff']) {
      const page = await open(server, new CookieJar(), `/sign-in?ui_locales=${value}`, accepting('de'));
      expect(page.status).toBe(400);
      expect(languageOf(page)).toBe('de');
    }
  });
});

describe('Accept-Language', () => {
  it.each([
    ['de-CH, fr;q=0.9, en;q=0.8', 'de'],
    ['it, es;q=0.4, fr;q=0.6', 'fr'],
    ['de;q=0, ja;q=0.1', 'ja'],
    ['zh-TW,zh;q=0.9,en-US;q=0.8', 'zh'],
    ['tlh', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [';;;,,,q=1', 'en'],
    [`${'x,'.repeat(4000)}de`, 'en'],
  ])('%j is answered in %s', async (header, locale) => {
    const response = await visit(new CookieJar(), `${server.url}/sign-in`, accepting(header));
    expect(response.headers.get('content-language')).toBe(locale);
    expect(await response.text()).toContain(`<html lang="${locale}" dir="ltr">`);
  });

  it('changes nothing for programs', async () => {
    const response = await fetch(`${server.url}/oauth/token?ui_locales=de`, { method: 'POST', ...accepting('de') });
    const english = await fetch(`${server.url}/oauth/token`, { method: 'POST' });
    expect(await response.json()).toEqual(await english.json());
    const answer = await open(server, new CookieJar(), authorizationPath({ prompt: 'none', ui_locales: 'de' }));
    expect(answer.params.error_description).toMatch(/^[\x20-\x7e]+$/);
  });

  it('marks what is for developers as English', async () => {
    const page = await open(server, new CookieJar(), '/oauth/authorize?client_id=nobody', accepting('fr'));
    expect(page.html).toContain('<dd id="error-description" lang="en">The client is unknown.</dd>');
  });
});

describe('the documentation of the APIs', () => {
  it('is in English, as what it documents', async () => {
    const page = await open(server, new CookieJar(), '/api/docs?ui_locales=de', accepting('de'));
    expect(languageOf(page)).toBe('en');
    expect(page.headers.get('content-language')).toBe('en');
  });
});

describe('metadata', () => {
  it('lists the languages of the pages as ui_locales_supported (RFC 8414 §2)', async () => {
    const response = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({ ui_locales_supported: ['en', 'de', 'fr', 'es', 'zh', 'ja'] });
  });
});

describe('a server whose operator chooses the languages', () => {
  let own: RunningServer;
  let messagesDirectory: string;

  beforeAll(async () => {
    messagesDirectory = mkdtempSync(join(tmpdir(), 'messages-'));
    const arabic: Catalogue = { ...CATALOGUES.en, 'signIn.title': 'تسجيل الدخول' };
    writeFileSync(join(messagesDirectory, 'ar.json'), JSON.stringify(arabic));
    writeFileSync(join(messagesDirectory, 'de.yaml'), 'signIn.title: Servus\nscope.read: Ihre Sachen lesen\n');
    const options = { messagesDirectory, locales: ['de', 'ar'], defaultLocale: 'de' };
    const world = bootstrap();
    const clients = [
      ...world.clients.filter((client) => client !== CLIENTS.web),
      {
        ...CLIENTS.web,
        'client_name#de': 'Netz-App',
        'logo_uri#de': 'https://client.example/de/logo.png',
        'policy_uri#de-CH': 'https://client.example/de/datenschutz',
        'tos_uri#fr': 'https://client.example/fr/conditions',
      },
    ];
    own = await startServer({ options, bootstrap: { ...world, clients } });
  });
  afterAll(async () => {
    await own.stop();
    rmSync(messagesDirectory, { recursive: true });
  });

  it('advertises and speaks those alone, with the messages of its files', async () => {
    const response = await fetch(`${own.url}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({ ui_locales_supported: ['de', 'ar'] });
    const page = await open(own, new CookieJar(), '/sign-in?ui_locales=fr', accepting('en'));
    expect(languageOf(page)).toBe('de');
    expect(titleOf(page)).toMatch(/^Servus – /);
  });

  it('has pages of a language that is written from the right', async () => {
    const page = await open(own, new CookieJar(), '/sign-in?ui_locales=ar-EG');
    expect(page.html).toContain('<html lang="ar" dir="rtl">');
    expect(titleOf(page)).toMatch(/^تسجيل الدخول/);
  });

  it('shows name, logo and links of a client as they are registered for the language (OIDC Registration §2.1)', async () => {
    const jar = await signIn(own);
    const german = await ask(own, jar, { prompt: 'consent', ui_locales: 'de-AT' });
    expect(plainText(german.html)).toContain('Netz-App möchte Ihr Konto nutzen');
    expect(german.html).toMatch(/id="client-logo" src="https:\/\/client\.example\/de\/logo\.png"/);
    expect(german.headers.get('content-security-policy')).toContain('https://client.example');
    expect(german.html).toContain('id="client-policy" href="https://client.example/de/datenschutz"');
    expect(german.html).toContain('id="client-tos" href="https://client.example/tos"');
    const other = await ask(own, jar, { prompt: 'consent', ui_locales: 'ar' });
    expect(plainText(other.html)).toContain('Web App wants to use your account');
    expect(hasId(other.html, 'client-logo')).toBe(false);
  });

  it('describes its own scopes in the words of its files', async () => {
    const jar = await signIn(own);
    const consent = await ask(own, jar, { scope: 'read write', prompt: 'consent', ui_locales: 'de' });
    expect(plainText(consent.html)).toContain('Ihre Sachen lesen');
    expect(plainText(consent.html)).toContain('Change your things');
    expect(formOf(consent, 'consent').fields.csrf_token).toBeTruthy();
  });
});
