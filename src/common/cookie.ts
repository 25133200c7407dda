// Cookies as headers, on Fastify and Express.
// @see RFC 6265 §4 https://www.rfc-editor.org/rfc/rfc6265#section-4
import type { HttpReply } from './http.js';

/** What is written of a reply. */
export type CookieReply = Pick<HttpReply, 'header' | 'getHeader'>;

/** The value of a cookie in a `Cookie` header; the first one when it is there twice. */
export function findCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const split = pair.indexOf('=');
    if (split > 0 && pair.slice(0, split).trim() === name) return pair.slice(split + 1).trim();
  }
  return undefined;
}

/** Adds a `Set-Cookie` header: Fastify's `header` adds one by itself, Express's takes the place of those before. */
export function appendSetCookie(reply: CookieReply, cookie: string): void {
  const before = setCookiesOf(reply);
  reply.header('set-cookie', cookie);
  if (setCookiesOf(reply).length <= before.length) reply.header('set-cookie', [...before, cookie]);
}

function setCookiesOf(reply: CookieReply): string[] {
  const present = reply.getHeader('set-cookie');
  if (Array.isArray(present)) return [...(present as string[])];
  return typeof present === 'string' ? [present] : [];
}
