// Somebody's browser between two servers: keeps cookies by host, follows redirects, submits the forms that submit themselves.
import { request, type RequestOptions } from 'node:http';
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
    const headers: Record<string, string> = { ...NAVIGATION, cookie: jar.header() };
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded';
    const response = await send(url, { method, headers }, body?.toString());
    jar.store(response);
    return response;
  }
}

/** What a browser says when it goes to a page: `fetch` cannot, it is always a script. */
const NAVIGATION = { accept: 'text/html, */*;q=0.8', 'sec-fetch-mode': 'navigate' };

function send(url: URL, options: RequestOptions, body?: string): Promise<Response> {
  return new Promise((done, fail) => {
    const sent = request(url, { ...options, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', fail);
      answer.once('end', () => {
        const headers = new Headers();
        for (const [name, values = []] of Object.entries(answer.headersDistinct))
          for (const value of values) headers.append(name, value);
        done(new Response(chunks.length ? Buffer.concat(chunks) : null, { status: answer.statusCode, headers }));
      });
    });
    sent.once('error', fail).end(body);
  });
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
