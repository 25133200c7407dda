// A browser of a test: cookies, requests whose redirects nobody follows, and the forms of our pages.
import { formWithId, type PageForm } from './forms.js';

/** Steps from one answer to the next after which something is wrong. */
const MAX_STEPS = 12;

/** Where a browser has come to. */
export interface Visit {
  response: Response;
  /** Of a page; empty where the browser was sent to somebody else. */
  html: string;
  /** Where it was sent, when that is not the server. */
  leftFor?: URL;
}

/**
 * The browser of one person: it keeps cookies, and follows no redirect unless it is asked to.
 *
 * @example
 * const { browser } = await server.signIn(user);
 * const page = await browser.fetch('/account');
 */
export class TestBrowser {
  private readonly cookies = new Map<string, string>();

  /** @param url where the server listens; @param issuer its issuer */
  constructor(
    private readonly url: string,
    private readonly issuer: string,
  ) {}

  /**
   * A request with the cookies of this browser.
   *
   * @param path a path below the issuer, or a whole URL of the server
   * @param init as of `fetch`; redirects are not followed
   */
  async fetch(path: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', this.cookieHeader());
    const response = await fetch(this.resolve(path), { redirect: 'manual', ...init, headers });
    this.store(response);
    return response;
  }

  /** What it sends in the header `Cookie`. */
  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Opens a page, and follows redirects as long as they lead to the server. */
  async open(path: string | URL): Promise<Visit> {
    return this.follow(await this.fetch(path));
  }

  /**
   * Fills a form in and sends it, as people do: with its hidden fields and the header `Origin`.
   *
   * @throws Error when the page has no such form
   */
  async submit(page: Visit, formId: string, fields: Readonly<Record<string, string>>): Promise<Visit> {
    const form = formWithId(page.html, formId);
    if (!form) throw unexpected(`There is no form '${formId}'`, page);
    return this.follow(await this.send(page, form, fields));
  }

  private send(page: Visit, form: PageForm, fields: Readonly<Record<string, string>>): Promise<Response> {
    const headers = {
      origin: new URL(this.issuer).origin,
      'sec-fetch-site': 'same-origin',
      referer: page.response.url,
    };
    const body = new URLSearchParams({ ...form.fields, ...fields });
    return this.fetch(new URL(form.action || page.response.url, page.response.url), { method: 'POST', headers, body });
  }

  private async follow(first: Response): Promise<Visit> {
    let response = first;
    for (let step = 0; step < MAX_STEPS; step++) {
      const html = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { response, html };
      const target = new URL(location, response.url);
      if (!this.isOwn(target)) return { response, html: '', leftFor: target };
      response = await this.fetch(target);
    }
    throw new Error(`The server sends the browser round in circles, at last to ${response.url}.`);
  }

  private isOwn(target: URL): boolean {
    return [this.url, this.issuer].some((own) => new URL(own).origin === target.origin);
  }

  private resolve(path: string | URL): URL {
    if (path instanceof URL || URL.canParse(path)) return new URL(path);
    return new URL(new URL(this.issuer).pathname.replace(/\/$/, '') + path, this.url);
  }

  private store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      if (attributes.some(hasEnded)) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(name.length + 1));
    }
  }
}

function hasEnded(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=');
  if (/^max-age$/i.test(name)) return Number(value) <= 0;
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
}

/** An error that shows what the browser has before it. */
export function unexpected(what: string, { response, html }: Visit): Error {
  const text = html.replace(/<(style|script)\b.*?<\/\1>|<[^>]*>/gis, ' ').replace(/\s+/g, ' ');
  return new Error(`${what}: ${response.status} at ${response.url}: ${text.trim().slice(0, 500)}`);
}
