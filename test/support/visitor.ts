// Somebody's browser between two servers: keeps cookies by host, follows redirects, submits the forms that submit themselves.
import { forms } from './html.js';
import { CookieJar } from './http.js';

/** A request that the browser is about to send. */
export interface Step {
  method: 'GET' | 'POST';
  url: URL;
  /** Of a form. */
  body?: URLSearchParams;
}

export interface Arrival {
  url: URL;
  status: number;
  headers: Headers;
  text: string;
}

/**
 * @example
 * const visitor = new Visitor();
 * const page = await visitor.open(`${host.url}/login/op`);
 */
export class Visitor {
  private readonly jars = new Map<string, CookieJar>();

  /** The cookies for a server. */
  jar(origin: string): CookieJar {
    const known = this.jars.get(origin);
    if (known) return known;
    const jar = new CookieJar();
    this.jars.set(origin, jar);
    return jar;
  }

  /** Goes to a URL, and where it leads, until a page stays. */
  async open(url: string | URL): Promise<Arrival> {
    const end = await this.go({ method: 'GET', url: new URL(url) }, () => false);
    if ('status' in end) return end;
    throw new Error(`Not sent: ${end.url.href}`);
  }

  /** Goes on until the next request would be one for `stop`, and answers it unsent. */
  async until(stop: (step: Step) => boolean, url: string | URL): Promise<Step> {
    const end = await this.go({ method: 'GET', url: new URL(url) }, stop);
    if (!('status' in end)) return end;
    throw new Error(`${end.url.href} answered ${end.status} and led no further: ${end.text}`);
  }

  /** Sends one request, and goes where it leads. */
  async send(step: Step): Promise<Arrival> {
    return (await this.go(step, () => false)) as Arrival;
  }

  private async go(first: Step, stop: (step: Step) => boolean): Promise<Arrival | Step> {
    let step = first;
    for (let steps = 0; steps < 20; steps++) {
      const response = await this.request(step);
      const text = await response.text();
      const next = nextStep(response, text, step.url);
      if (!next) return { url: step.url, status: response.status, headers: response.headers, text };
      if (stop(next)) return next;
      step = next;
    }
    throw new Error(`No end of redirects at ${step.url.href}`);
  }

  private async request({ method, url, body }: Step): Promise<Response> {
    const jar = this.jar(url.origin);
    const response = await fetch(url, { method, body, redirect: 'manual', headers: { cookie: jar.header() } });
    jar.store(response);
    return response;
  }
}

function nextStep(response: Response, text: string, from: URL): Step | undefined {
  const location = response.headers.get('location');
  if (location && response.status >= 300 && response.status < 400)
    return { method: 'GET', url: new URL(location, from) };
  const isHtml = response.headers.get('content-type')?.startsWith('text/html');
  const form = isHtml ? forms(text)[0] : undefined;
  if (form?.method !== 'POST') return undefined;
  return { method: 'POST', url: new URL(form.action, from), body: new URLSearchParams(form.fields) };
}
