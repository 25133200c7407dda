import { type CookieReply, findCookie } from '../common/cookie.js';
import type { HttpReply } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { Browser } from './browser.js';
import { Cookies } from './cookies.js';

const options = (issuer: string): ServerOptions =>
  ServerOptions.from({ issuer, secretKeys: ['x'.repeat(32)], databaseUrl: 'postgres://localhost/x' });

/** Fastify adds to `set-cookie`, Express replaces it. */
function replyOf(framework: 'fastify' | 'express'): CookieReply & { cookies(): string[] } {
  let stored: string | string[] | undefined;
  return {
    header(_name: string, value: string | string[]) {
      if (framework === 'express' || stored === undefined) stored = Array.isArray(value) ? [...value] : value;
      else stored = [...(Array.isArray(stored) ? stored : [stored]), ...(Array.isArray(value) ? value : [value])];
      return this as unknown as HttpReply;
    },
    getHeader: () => stored,
    cookies: () => (stored === undefined ? [] : [stored].flat()),
  };
}

describe('Cookies', () => {
  it('are __Host- prefixed and Secure on https', () => {
    const reply = replyOf('fastify');
    new Cookies(options('https://id.example.com')).set(reply, 'session', 'value');
    expect(reply.cookies()).toEqual(['__Host-nas_session=value; Path=/; HttpOnly; SameSite=Lax; Secure']);
  });

  it('are plain on http, and those of another port are others', () => {
    const reply = replyOf('fastify');
    new Cookies(options('http://localhost:3000')).set(reply, 'session', 'value', 60);
    expect(reply.cookies()).toEqual(['nas_session_3000=value; Path=/; HttpOnly; SameSite=Lax; Max-Age=60']);
    expect(new Cookies(options('http://localhost:3001')).nameOf('session')).not.toContain('3000');
  });

  it('that the session frame reads are for scripts and, on https, for frames on other sites', () => {
    const reply = replyOf('fastify');
    new Cookies(options('https://id.example.com')).set(reply, 'state', 'value');
    new Cookies(options('http://localhost:3000')).set(reply, 'state', 'value');
    expect(reply.cookies()).toEqual([
      '__Host-nas_state=value; Path=/; SameSite=None; Secure',
      'nas_state_3000=value; Path=/; SameSite=Lax',
    ]);
  });

  it('of issuers that share a host have different names', () => {
    expect(new Cookies(options('https://id.example.com/tenant/a')).nameOf('session')).toBe(
      '__Host-nas_session_tenant_a',
    );
  });

  it('are cleared with the attributes that they were set with', () => {
    const reply = replyOf('fastify');
    new Cookies(options('https://id.example.com')).clear(reply, 'session');
    expect(reply.cookies()[0]).toMatch(
      /^__Host-nas_session=; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=0; Expires=/,
    );
  });

  it.each(['fastify', 'express'] as const)('are added to those already set, on %s', (framework) => {
    const reply = replyOf(framework);
    const cookies = new Cookies(options('http://localhost:3000'));
    reply.header('set-cookie', 'other=1');
    cookies.set(reply, 'session', 'a');
    cookies.set(reply, 'known', 'b');
    expect(reply.cookies().map((cookie) => cookie.split(';')[0])).toEqual([
      'other=1',
      'nas_session_3000=a',
      'nas_known_3000=b',
    ]);
  });

  it('are read by their whole name', () => {
    const cookies = new Cookies(options('http://localhost:3000'));
    const read = (cookie: string): string | undefined => cookies.read({ headers: { cookie } }, 'session');
    expect(read('a=1; nas_session_3000=abc; b=2')).toBe('abc');
    expect(read('xnas_session_3000=abc')).toBeUndefined();
    expect(read('nas_session_30=abc; nas_session=abc')).toBeUndefined();
    expect(cookies.read({ headers: {} }, 'session')).toBeUndefined();
  });
});

it('findCookie survives what a browser never sends', () => {
  expect(findCookie('=;;= ;a', 'a')).toBeUndefined();
  expect(findCookie('a', 'a')).toBeUndefined();
  expect(findCookie('a=', 'a')).toBe('');
  expect(findCookie('a=b=c', 'a')).toBe('b=c');
  expect(findCookie('a=1;a=2', 'a')).toBe('1');
});

describe('Browser', () => {
  const browser = new Browser(new Cookies(options('http://localhost:3000')));

  it('gets an id when one is needed, one per request', () => {
    const reply = replyOf('fastify');
    const request = { headers: {} };
    expect(browser.find(request)).toBeUndefined();
    const id = browser.identify(request, reply);
    expect(browser.identify(request, reply)).toBe(id);
    expect(browser.find({ headers: request.headers })).toBe(id);
    expect(reply.cookies()).toHaveLength(1);
    expect(browser.find({ headers: { cookie: reply.cookies()[0].split(';')[0] } })).toBe(id);
  });

  it('keeps the id that it has', () => {
    const reply = replyOf('fastify');
    const request = { headers: { cookie: `nas_browser_3000=${'A'.repeat(32)}` } };
    expect(browser.identify(request, reply)).toBe('A'.repeat(32));
    expect(reply.cookies()).toEqual([]);
  });

  it('does not take an id that was not made here', () => {
    expect(browser.find({ headers: { cookie: 'nas_browser_3000=x' } })).toBeUndefined();
  });
});
