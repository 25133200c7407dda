// Small tools for requests: nothing here follows a redirect or hides a status.
import { createHash, randomBytes } from 'node:crypto';

/** A parameter; an array is sent repeatedly, `undefined` not at all. */
export type Parameter = string | number | boolean | readonly string[] | undefined;
export type ParameterMap = Readonly<Record<string, Parameter>>;

/** `application/x-www-form-urlencoded`, with repeated keys from arrays. */
export function form(parameters: ParameterMap): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) body.append(name, one);
  }
  return body;
}

/** An `Authorization: Basic` value, both halves form-encoded first (RFC 6749 §2.3.1). */
export function basic(clientId: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`;
}

export interface Pkce {
  verifier: string;
  challenge: string;
  /** The two parameters of the authorization request. */
  parameters: { code_challenge: string; code_challenge_method: 'S256' };
}

/** A fresh verifier and its S256 challenge (RFC 7636). */
export function pkce(verifier = randomBytes(32).toString('base64url')): Pkce {
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, challenge, parameters: { code_challenge: challenge, code_challenge_method: 'S256' } };
}

/** The cookies of one browser at one server. */
export class CookieJar {
  private readonly cookies = new Map<string, string>();

  /** Takes the cookies that a response sets; an expired one is forgotten. */
  store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      const ended = attributes.some((attribute) => {
        const [key = '', value = ''] = attribute.split('=');
        if (/^max-age$/i.test(key)) return Number(value) <= 0;
        return /^expires$/i.test(key) && Date.parse(value) <= Date.now();
      });
      if (ended) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(at + 1));
    }
  }

  /** The `Cookie` header. */
  header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(name: string): string | undefined {
    return this.cookies.get(name);
  }

  set(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  /** Names of all cookies. */
  names(): string[] {
    return [...this.cookies.keys()];
  }

  /** The session cookie, whose name contains `session`. */
  session(): { name: string; value: string } | undefined {
    const found = [...this.cookies].find(([name]) => name.includes('session'));
    return found && { name: found[0], value: found[1] };
  }

  /** The same cookies in another browser. */
  copy(): CookieJar {
    const other = new CookieJar();
    for (const [name, value] of this.cookies) other.set(name, value);
    return other;
  }
}

/** A request as a browser with this jar sends it, without following redirects. */
export async function visit(jar: CookieJar, url: string | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const cookie = jar.header();
  if (cookie && !headers.has('cookie')) headers.set('cookie', cookie);
  const response = await fetch(url, { redirect: 'manual', ...init, headers });
  jar.store(response);
  return response;
}

/** POST of a form; `headers` for authentication. */
export function postForm(url: string | URL, parameters: ParameterMap, headers: HeadersInit = {}): Promise<Response> {
  return fetch(url, { method: 'POST', redirect: 'manual', headers, body: form(parameters) });
}
