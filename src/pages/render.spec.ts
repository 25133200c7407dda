import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerOptions } from '../config/options.js';
import { ENGLISH } from './languages.js';
import { message } from './messages/catalogue.js';
import { Catalogues } from './messages/catalogues.js';
import { en } from './messages/en.js';
import { PageAssets } from './page-assets.js';
import { PageRenderer } from './render.js';
import { contrast, parseColor } from './theme.js';
import type { ApiFieldView, ClientFormView, PageName, PageViews } from './views/view-models.js';

const VIEWS = fileURLToPath(new URL('./views/', import.meta.url));

function createRenderer(input: Partial<Parameters<typeof ServerOptions.from>[0]> = {}) {
  const options = ServerOptions.from({
    issuer: 'https://id.example/base',
    secretKeys: [],
    databaseUrl: '',
    theme: { name: 'Example ID' },
    ...input,
  });
  return new PageRenderer(options, new PageAssets(options), new Catalogues(options));
}

const renderer = createRenderer();
const form = { csrfToken: 'the-csrf-token', hidden: { interaction: 'sealed-state' } };
const user = { username: 'alice', name: 'Alice' };
const client = {
  name: 'Web App',
  uri: 'https://app.example/',
  logoUri: 'https://cdn.example/logo.png',
  policyUri: 'https://app.example/privacy',
  tosUri: 'https://app.example/terms',
};
const when = new Date(1_700_000_000_000);
const own = { clientId: 'client-1', name: 'Web App' };
const clientForm: ClientFormView = {
  ...form,
  values: {
    client_name: 'Web App',
    client_uri: 'https://app.example/',
    redirect_uris: 'https://app.example/cb',
    scope: 'read',
  },
  grantTypes: [
    { value: 'authorization_code', selected: true },
    { value: 'implicit', selected: false, legacy: true },
    { value: 'urn:example:grant', selected: false, label: 'By plug-in' },
  ],
  responseTypes: [{ value: 'code', selected: true }],
  authMethods: [
    { value: 'client_secret_basic', selected: true },
    { value: 'none', selected: false },
  ],
  availableScopes: ['openid', 'read'],
  errors: { form: 'Form fault.', client_name: 'Name fault.', grant_types: 'Grant fault.', redirect_uris: 'URI fault.' },
};

const field: ApiFieldView = {
  name: 'email',
  type: 'string or null',
  required: true,
  description: 'An `address`.',
  rules: [message('apiDocs.rule.maxLength', { length: 254 }), message('apiDocs.rule.default', { value: '""' })],
};

/** Every page with everything that it can show. */
const PAGES: { [P in PageName]: PageViews[P] } = {
  welcome: { signUp: true, notice: 'accountCreated' },
  home: { user, clients: [{ ...own, logoUri: client.logoUri }], canCreateClients: true, notice: 'clientDeleted' },
  'sign-in': {
    ...form,
    action: '/base/sign-in',
    username: 'alice',
    client,
    cancelAction: '/base/sign-in/cancel',
    signUpUrl: '/base/sign-up',
    reauthenticate: true,
    providers: [{ name: 'corp', label: 'Corp', url: '/base/sign-in/with/corp?interaction=x' }],
    errors: { form: message('signIn.error.wrong'), username: 'Username fault.', password: 'Password fault.' },
  },
  'sign-up': {
    ...form,
    action: '/base/sign-up',
    signInUrl: '/base/sign-in',
    username: 'alice',
    email: 'alice@example.com',
    client,
    providers: [{ name: 'corp', label: 'Corp', url: '/base/sign-in/with/corp?interaction=x' }],
    errors: { username: 'Username fault.', email: 'E-mail fault.', password: 'Password fault.' },
  },
  'select-account': {
    ...form,
    action: '/base/select-account',
    client,
    username: 'alice',
    name: 'Alice Adams',
    otherUrl: '/base/sign-in?switch=1',
  },
  consent: {
    ...form,
    action: '/base/consent',
    client,
    username: 'alice',
    notYouUrl: '/base/sign-in?again',
    scopes: [{ name: 'read', description: 'Read your things' }, { name: 'openid' }, { name: 'custom' }],
    resources: [{ identifier: 'https://api.example', name: 'Example API' }, { identifier: 'urn:example:files' }],
    redirectHost: 'app.example',
    selfRegistered: true,
  },
  device: {
    ...form,
    action: '/base/device',
    username: 'alice',
    notYouUrl: '/base/sign-in?switch=1',
    userCode: 'WDJB-MJHT',
    errors: { form: 'Form fault.', user_code: message('device.error.codeWrong') },
  },
  'device-confirm': {
    ...form,
    action: '/base/device',
    client,
    username: 'alice',
    notYouUrl: '/base/sign-in?switch=1',
    userCode: 'WDJB-MJHT',
    scopes: [{ name: 'read', description: 'Read your things' }, { name: 'openid' }],
    resources: [{ identifier: 'https://api.example', name: 'Example API' }],
    selfRegistered: true,
  },
  'device-decided': { allowed: true },
  'client-new': { user, ...clientForm },
  'client-created': {
    user,
    client: own,
    secret: 'the-secret',
    issuer: 'https://id.example/base',
    rotated: { until: when },
  },
  client: {
    user,
    ...clientForm,
    client: { ...own, createdAt: when, logoUri: client.logoUri },
    issuer: 'https://id.example/base',
    usesSecret: true,
    secrets: [{ createdAt: when }, { createdAt: when, expiresAt: when }],
    overlaps: [
      { seconds: 0, selected: false },
      { seconds: 86400, selected: true },
    ],
    notice: 'clientSaved',
  },
  'client-delete': { user, ...form, client: own },
  account: {
    user,
    ...form,
    passwordForm: true,
    hasPassword: true,
    identities: [{ id: 'i1', label: 'Corp', email: 'alice@corp.example', since: when, lastUsedAt: when }],
    linkable: [{ name: 'google', label: 'Google' }],
    problem: message('signInWith.error.taken', { provider: 'Corp' }),
    applications: [{ clientId: 'client-1', client, scopes: [{ name: 'profile' }], since: when, lastUsedAt: when }],
    sessions: [
      {
        id: 's1',
        current: true,
        browser: 'Firefox',
        system: 'Linux',
        address: '192.0.2.1',
        signedInAt: when,
        lastUsedAt: when,
      },
      { id: 's2', current: false, signedInAt: when },
    ],
    errors: { current_password: 'Current fault.', new_password: 'New fault.' },
    notice: 'passwordChanged',
  },
  'sign-out': { ...form, action: '/base/oauth/logout', username: 'alice', client },
  'signed-out': { next: { url: 'https://app.example/bye', name: 'Web App' } },
  error: { code: 'invalid_request', reference: 'req-1', description: 'Something is missing.' },
  'api-docs': {
    description: ['Users and `clients`.', 'As JSON.'],
    version: '1.0.0',
    server: 'https://id.example/base',
    documentUrl: 'https://id.example/base/api/docs-json',
    tokenCurl: "curl 'https://id.example/base/oauth/token'",
    groups: [
      {
        name: 'Users',
        description: 'People.',
        operations: [
          {
            id: 'usersUpdate',
            method: 'PATCH',
            path: '/api/users/{user_id}',
            summary: 'Change a user',
            description: 'A `patch`.',
            scopes: ['users:write', 'users:read users:all'],
            parameters: [{ ...field, name: 'user_id' }],
            body: { required: false, fields: [field] },
            answers: [{ status: '200', description: 'The user.', object: 'User', isList: true }],
            example: '{ "id": "1" }',
            curl: "curl -X PATCH 'https://id.example/base/api/users/1'",
          },
        ],
      },
    ],
    objects: [{ name: 'User', description: 'A person.', fields: [{ ...field, object: 'User' }] }],
    errors: [{ status: '404', code: 'not_found', description: 'There is no such thing.' }],
  },
  message: { title: 'All set', body: 'You can close this page.', link: { url: '/base/', label: 'Home' } },
};
const NAMES = Object.keys(PAGES) as PageName[];

const render = (page: PageName, view: object = PAGES[page], by = renderer, language = ENGLISH) =>
  by.render(page, view, language);

/** The view with `change` applied to each of its strings. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      // Notices and messages name entries of the catalogue: controllers choose them, no client does.
      [key, key === 'notice' || key === 'key' ? item : mapStrings(item, change)],
    ),
  );
}

interface Tag {
  name: string;
  attributes: Record<string, string>;
}

/** The start tags of a document. Everything is escaped, so that no attribute value holds an angle bracket. */
function tagsOf(html: string): Tag[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)([^<>]*)>/gi)].map((match) => ({
    name: match[1].toLowerCase(),
    attributes: Object.fromEntries(
      [...match[2].matchAll(/([^\s="'/]+)(?:="([^"]*)")?/g)].map((attribute) => [attribute[1], attribute[2] ?? '']),
    ),
  }));
}

const idsOf = (html: string) => tagsOf(html).flatMap((tag) => tag.attributes['id'] ?? []);
const byId = (html: string, id: string) => tagsOf(html).find((tag) => tag.attributes['id'] === id);

describe.each(NAMES)('page %s', (page) => {
  const html = render(page);
  const tags = tagsOf(html);

  it('is a document with a language, a title of its own, one h1 and no word of JavaScript’s', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
    expect(html).toMatch(/<title>[^<]*\S[^<]* – Example ID<\/title>/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).not.toMatch(/undefined|\[object |NaN|Invalid Date/);
  });

  it.each([
    ['markup', `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`],
    ['attributes', `" onfocus="alert(1)" style="color:red" x='`],
    ['a closing element', '</textarea></title></option></script><script>alert(1)</script>'],
    ['a script URL', 'javascript:alert(1)'],
    ['template syntax', '<%= 7*7 %><%~ it %>${7*7}$&'],
  ])('escapes %s in every value that it is given', (_, hostile) => {
    for (const change of [() => hostile, (text: string) => text + hostile]) {
      const output = render(page, mapStrings(PAGES[page], change) as object);
      expect(output).not.toContain('<script>alert');
      expect(output).not.toContain('<img src=x');
      expect(output).not.toMatch(/[\s"'](on[a-z]+|style)="/);
      expect(output).not.toMatch(/(href|src|action)="\s*javascript:/i);
      const shape = (tags: Tag[]) =>
        new Set(tags.flatMap((tag) => Object.keys(tag.attributes).map((name) => `${tag.name} ${name}`)));
      // A logo whose URL is spoilt gives way to a letter.
      const known = NAMES.flatMap((name) => [...shape(tagsOf(render(name)))]).concat('span aria-hidden');
      for (const attribute of shape(tagsOf(output))) expect(known).toContain(attribute);
    }
  });

  it('has no inline script, style or event handler, so that it works under its own policy', () => {
    for (const { name, attributes } of tags) {
      expect(name).not.toMatch(/^(style|base|object|embed|iframe)$/);
      if (name === 'script') expect(attributes['src']).toMatch(/^\/base\/assets\//);
      for (const attribute of Object.keys(attributes))
        expect(attribute).not.toMatch(/^(on|style$|formaction$|srcdoc$)/);
    }
    expect(html).not.toMatch(/<script[^>]*>[^<]/);
  });

  it('labels every field and tells browsers how to fill it', () => {
    for (const { name, attributes } of tags) {
      if (!['input', 'select', 'textarea'].includes(name) || attributes['type'] === 'hidden' || 'hidden' in attributes)
        continue;
      const id = attributes['id'];
      if (attributes['type'] === 'checkbox') {
        expect(html).toContain(`<label class="choice"><input type="checkbox" id="${id}"`);
        continue;
      }
      expect(html).toContain(`<label for="${id}">`);
      expect(attributes['autocomplete']).toBeTruthy();
    }
  });

  it('uses no id twice and refers to none that is missing', () => {
    const ids = idsOf(html);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of tags) {
      const references = ['aria-describedby', 'aria-labelledby', 'for', 'data-copy'].flatMap(
        (name) => attributes[name]?.split(' ') ?? [],
      );
      if (attributes['href']?.startsWith('#')) references.push(attributes['href'].slice(1));
      for (const id of references) expect(ids).toContain(id);
    }
  });

  it('sends the CSRF token and the hidden fields with every form', () => {
    const forms = html.split('<form').slice(1);
    for (const part of forms) {
      const body = part.slice(0, part.indexOf('</form>'));
      expect(body).toContain('method="post"');
      expect(body).toContain('<input type="hidden" name="csrf_token" value="the-csrf-token">');
      expect(body).toContain('<input type="hidden" name="interaction" value="sealed-state">');
    }
  });

  it('stays below the path of the issuer', () => {
    for (const { attributes } of tags) {
      for (const url of [attributes['href'], attributes['src'], attributes['action']]) {
        if (url) expect(url).toMatch(/^(\/base\/|#|https:\/\/)/);
      }
    }
  });
});

describe('the names that scripts and password managers rely on', () => {
  it.each<[PageName, string[]]>([
    ['welcome', ['sign-in-link', 'sign-up-link']],
    ['home', ['create-client']],
    [
      'sign-in',
      [
        'sign-in',
        'username',
        'password',
        'sign-in-submit',
        'sign-in-cancel',
        'client-logo',
        'client-policy',
        'client-tos',
      ],
    ],
    ['sign-up', ['sign-up', 'username', 'email', 'password', 'sign-up-submit', 'sign-in-with-corp']],
    ['consent', ['consent-allow', 'consent-deny', 'client-logo', 'client-policy', 'client-tos', 'not-you']],
    [
      'client-new',
      [
        'client_name',
        'client_uri',
        'scope',
        'redirect_uris',
        'grant_types',
        'response_types',
        'token_endpoint_auth_method',
      ],
    ],
    ['client-created', ['client-id', 'client-secret']],
    ['client', ['edit-client', 'rotate-secret', 'overlap', 'delete-client', 'client_name']],
    ['client-delete', ['delete-client-confirm', 'delete-client-cancel']],
    ['account', ['change-password', 'current_password', 'new_password', 'sign-out-others']],
    ['sign-out', ['logout-confirm', 'logout-decline']],
    ['signed-out', ['signed-out']],
    ['error', ['error', 'error-code', 'error-reference']],
  ])('%s has %j', (page, ids) => {
    expect(idsOf(render(page))).toEqual(expect.arrayContaining(ids));
  });

  it('gives fields the names of their ids', () => {
    for (const page of NAMES) {
      for (const { name, attributes } of tagsOf(render(page))) {
        if (['input', 'textarea', 'select'].includes(name) && attributes['id'] && attributes['type'] !== 'checkbox') {
          expect(attributes['name']).toBe(attributes['id']);
        }
      }
    }
  });

  it('lets password managers tell the passwords apart', () => {
    expect(byId(render('sign-in'), 'username')?.attributes).toMatchObject({ autocomplete: 'username', type: 'text' });
    expect(byId(render('sign-in'), 'password')?.attributes).toMatchObject({
      autocomplete: 'current-password',
      type: 'password',
      value: '',
    });
    expect(byId(render('sign-up'), 'password')?.attributes).toMatchObject({ autocomplete: 'new-password', value: '' });
    expect(byId(render('account'), 'new_password')?.attributes).toMatchObject({
      autocomplete: 'new-password',
      value: '',
    });
  });

  it('offers the decision of the consent as two buttons, allow first', () => {
    const html = render('consent');
    expect(byId(html, 'consent-allow')?.attributes).toMatchObject({ type: 'submit', name: 'decision', value: 'allow' });
    expect(byId(html, 'consent-deny')?.attributes).toMatchObject({ type: 'submit', name: 'decision', value: 'deny' });
    expect(html.indexOf('consent-allow')).toBeLessThan(html.indexOf('consent-deny'));
  });
});

describe('forms with errors', () => {
  it('say so in the title, in a summary that takes the focus, and beside the field', () => {
    const html = render('sign-up');
    expect(html).toContain('<title>Error: Create your account');
    expect(byId(html, 'error-summary')?.attributes).toMatchObject({ tabindex: '-1', autofocus: '' });
    expect(html).toContain('<a href="#email">E-mail fault.</a>');
    expect(byId(html, 'email')?.attributes).toMatchObject({
      'aria-invalid': 'true',
      'aria-describedby': 'email-error',
    });
    expect(byId(html, 'password')?.attributes['aria-describedby']).toBe('password-hint password-error');
    expect(html.match(/ autofocus/g)).toHaveLength(1);
  });

  it('have no summary and the focus in the first empty field without errors', () => {
    const view = { ...PAGES['sign-in'], errors: undefined, reauthenticate: false };
    const html = render('sign-in', { ...view, username: undefined });
    expect(html).not.toContain('error-summary');
    expect(html).toContain('<title>Sign in – Example ID</title>');
    expect(byId(html, 'username')?.attributes).toHaveProperty('autofocus');
    expect(byId(render('sign-in', view), 'password')?.attributes).toHaveProperty('autofocus');
  });

  it('put messages with times into words', () => {
    const errors = { form: message('signIn.error.wait', { when: new Date(Date.now() + 30_200) }) };
    expect(render('sign-in', { ...PAGES['sign-in'], errors })).toContain('You can try again in 30 seconds.');
  });
});

describe('the words of the consent', () => {
  it('names the client, the user, each scope in words, the resources and the host of the redirect', () => {
    const html = render('consent');
    expect(html).toContain('<bdi class="name">Web App</bdi> wants to use your account');
    expect(html).toContain('Signed in as <bdi class="name">alice</bdi>');
    expect(html).toMatch(/data-scope="read">.*\n<bdi>Read your things<\/bdi>/);
    expect(html).toMatch(/data-scope="openid">.*\n<bdi>Know who you are<\/bdi>/);
    expect(html).toMatch(/data-scope="custom">.*\n<bdi>custom<\/bdi>/);
    expect(html).toContain('Example API');
    expect(html).toContain('https://api.example');
    expect(html).toContain('You go back to <bdi class="name">app.example</bdi>');
  });

  it('takes direction overrides and line breaks out of names, and cuts endless ones', () => {
    const html = render('consent', { ...PAGES.consent, client: { name: `\u202egnp\u2066\n\n App${'x'.repeat(500)}` } });
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(html).toMatch(/<bdi class="name">gnp Appx{112}…<\/bdi>/);
  });

  it('never cuts the host of the redirect, whose end says whose it is', () => {
    const redirectHost = `${'a.'.repeat(120)}evil.example`;
    expect(render('consent', { ...PAGES.consent, redirectHost })).toContain(`>${redirectHost}</bdi>`);
  });

  it('links client pages in a new tab that knows nothing of ours, and leaves out what is no http URL', () => {
    const html = render('consent');
    expect(byId(html, 'client-tos')?.attributes).toMatchObject({
      href: client.tosUri,
      rel: 'noopener noreferrer',
      target: '_blank',
    });
    const hostile = {
      name: 'App',
      uri: 'javascript:1',
      policyUri: 'data:text/html,x',
      tosUri: 'app:x',
      logoUri: 'http://app.example/l.png',
    };
    const ids = idsOf(render('consent', { ...PAGES.consent, client: hostile }));
    for (const id of ['client-logo', 'client-policy', 'client-tos', 'client-uri']) expect(ids).not.toContain(id);
  });
});

describe('the error page', () => {
  it('has the sentence, the code and the reference', () => {
    const html = render('error');
    const error = html.slice(html.indexOf('id="error"'));
    for (const words of ['The request could not be completed', 'invalid_request', 'req-1', 'Something is missing.']) {
      expect(error).toContain(words);
    }
  });

  it('explains known codes in plain words', () => {
    expect(render('error', { code: 'server_error', reference: 'r' })).toContain(en['error.explain.server_error']);
    expect(render('error', { code: '__proto__', reference: 'r' })).toContain(en['error.explain']);
    expect(render('error', { code: 'invalid_request', reference: 'r', blameClient: true })).toContain(
      en['error.explain.client'],
    );
  });
});

describe('pageHeaders', () => {
  it('allow nothing inline, no framing, no caching, and leave the way back to the client open', () => {
    const headers = renderer.pageHeaders(ENGLISH);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('add the origins of images once, and none that could change the policy', () => {
    const imgSources = [
      client.logoUri,
      client.logoUri,
      undefined,
      'http://a.example/',
      "https://a;script-src 'self'.b/",
      'https://a;b.example/',
    ];
    expect(renderer.pageHeaders({ locale: 'en', imgSources })['content-security-policy']).toContain(
      "img-src 'self' https://cdn.example; frame",
    );
  });

  it('add frames on demand and the logo of the server always', () => {
    const branded = createRenderer({ theme: { name: 'Example ID', logoUrl: 'https://brand.example/logo.svg' } });
    const policy = branded.pageHeaders({ locale: 'en', frameSources: ['https://rp.example/logout?x=1'] })[
      'content-security-policy'
    ];
    expect(policy).toContain("img-src 'self' https://brand.example;");
    expect(policy).toContain('frame-src https://rp.example;');
  });
});

describe('a host', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'views-'));
    writeFileSync(
      join(directory, 'signed-out.eta'),
      `<% layout('layout', { title: 'Bye' }) %><h1 id="signed-out">Bye, <%= it.next.name %></h1>`,
    );
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'assets', 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('replaces templates one by one, in our layout, and assets', () => {
    const options = ServerOptions.from({
      issuer: 'https://id.example',
      secretKeys: [],
      databaseUrl: '',
      templatesDirectory: directory,
    });
    const assets = new PageAssets(options);
    const own = new PageRenderer(options, assets, new Catalogues(options));
    const html = render('signed-out', { next: { url: '', name: '<b>' } }, own);
    expect(html).toContain('<h1 id="signed-out">Bye, &lt;b&gt;</h1>');
    expect(html).toContain('<title>Bye – Authorization Server</title>');
    expect(render('message', PAGES.message, own)).toContain('All set');
    expect(assets.find('icon.svg')?.body.toString()).toBe('<svg xmlns="http://www.w3.org/2000/svg"/>');
    expect(assets.find('style.css')?.contentType).toBe('text/css; charset=utf-8');
  });

  it('chooses name, logo and accent colour', () => {
    const html = render(
      'sign-in',
      PAGES['sign-in'],
      createRenderer({ theme: { name: 'A&B', logoUrl: '/base/logo.svg', accentColor: '#ffd400' } }),
    );
    expect(html).toContain('<img class="mark" src="/base/logo.svg" alt=""');
    expect(html).toContain('<span class="brand-name">A&amp;B</span>');
    expect(html).toMatch(/href="\/base\/assets\/theme\.css\?v=[\w-]{10}"/);
    expect(render('sign-in')).not.toContain('theme.css');
  });
});

describe('PageAssets', () => {
  const assets = new PageAssets(ServerOptions.from({ issuer: 'https://id.example', secretKeys: [], databaseUrl: '' }));

  it('serves what the pages link, under a URL that changes with the content', () => {
    for (const name of ['style.css', 'theme.css', 'enhance.js', 'icon.svg']) expect(assets.find(name)).toBeDefined();
    expect(assets.url('style.css')).toMatch(/^\/assets\/style\.css\?v=[\w-]{10}$/);
  });

  it.each([
    '../render.ts',
    '..%2frender.js',
    '.env',
    'style.css/',
    'none.css',
    'a/b.css',
    '__proto__',
    'style.css\0.js',
    '',
  ])('does not serve %j', (name) => {
    expect(assets.find(name)).toBeUndefined();
  });
});

describe('the templates', () => {
  const files = readdirSync(VIEWS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.eta'));
  const sources = files.map((name) => [name, readFileSync(join(VIEWS, name), 'utf8')] as const);

  it.each(sources)('%s has every word in the catalogue', (_, source) => {
    const text = source.replace(/<%[\s\S]*?%>/g, '').replace(/<[^<>]*>/g, '');
    expect(text).not.toMatch(/\p{L}/u);
    for (const match of source.matchAll(/\b(?:t|rich)\('([^']+)'/g)) {
      if (!match[1]?.endsWith('.')) expect(en).toHaveProperty([match[1]]);
    }
  });

  it.each(sources)('%s writes unescaped only what is escaped already', (_, source) => {
    for (const match of source.matchAll(/<%[-_]?\s*~\s*(\S+)/g))
      expect(match[1]).toMatch(/^(include\(|rich\(|it\.body$)/);
  });

  it('use every message, apart from those that are chosen at run time', () => {
    const all = sources.map(([, source]) => source).join('\n');
    const chosen = /^(notice|scope|grant|responseType|authMethod|error\.explain)\b|\.(error|rule)\./;
    const unused = Object.keys(en).filter((key) => !chosen.test(key) && !all.includes(`'${key}'`));
    expect(unused).toEqual([]);
  });

  it('give every page another title', () => {
    const titles = NAMES.map((page) => /<title>(.*)<\/title>/.exec(render(page))?.[1]);
    expect(new Set(titles).size).toBe(NAMES.length);
  });
});

describe('the style sheet', () => {
  const css = readFileSync(fileURLToPath(new URL('./assets/style.css', import.meta.url)), 'utf8');
  const read = (block: string | undefined) =>
    Object.fromEntries(
      [...(block ?? '').matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]]),
    );
  const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map((match) => read(match[1]));
  const TEXT: [string, string[]][] = [
    ['text', ['ground', 'surface', 'sunken', 'button', 'button-hover']],
    ['muted', ['ground', 'surface', 'sunken']],
    ['accent-text', ['ground', 'surface', 'sunken']],
    ['on-accent', ['accent', 'accent-hover']],
    ['on-bad', ['bad', 'bad-hover']],
    ['bad', ['surface', 'bad-ground', 'button', 'button-hover']],
    ['good', ['good-ground']],
    ['warn', ['warn-ground']],
  ];

  it.each([
    ['light', light],
    ['dark', { ...light, ...dark }],
  ])('has AA contrast in the %s scheme', (_, colors) => {
    const ratio = (a: string, b: string) => contrast(parseColor(colors?.[a] ?? ''), parseColor(colors?.[b] ?? ''));
    for (const [text, grounds] of TEXT) {
      for (const ground of grounds) expect([text, ground, ratio(text, ground) >= 4.5]).toEqual([text, ground, true]);
    }
    // WCAG §1.4.11: the outline of a field against what surrounds it.
    expect(ratio('control-line', 'surface')).toBeGreaterThanOrEqual(3);
  });

  it('fetches nothing from elsewhere', () => {
    expect(css).not.toMatch(/url\(|@import|expression|https?:/);
  });
});
