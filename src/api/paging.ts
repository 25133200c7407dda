// Lists, a page at a time: each page names the position after its last item, so that what is deleted or added meanwhile
// neither repeats nor hides anything.
// @see RFC 8288 §3 https://www.rfc-editor.org/rfc/rfc8288#section-3
import { Injectable } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { InputError } from '../common/input-error.js';
import { isStorableText } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;
/** The last moment of JavaScript, in milliseconds. */
const MAX_NUMBER = 8.64e15;

/** A page of a list, in wire names. */
export interface Page {
  items: object[];
  /** Where the next page begins: the query parameter `after`; absent on the last one. */
  next?: string;
}

/** How a list is asked for and shown. */
export interface Listing<T> {
  limit: number;
  /** Finds so many items after the position. */
  find: (limit: number) => Promise<T[]>;
  /** What its place in the order of the list is made of. */
  positionOf: (item: T) => readonly (string | number)[];
  toWire: (item: T) => object;
}

@Injectable()
export class Paging {
  constructor(private readonly options: ServerOptions) {}

  /** Answers a page, and links to the next one. */
  async page<T>(request: HttpRequest, reply: HttpReply, listing: Listing<T>): Promise<Page> {
    const { limit, find, positionOf, toWire } = listing;
    const found = await find(limit + 1);
    const items = found.slice(0, limit);
    if (found.length <= limit) return { items: items.map(toWire) };
    const next = Buffer.from(JSON.stringify(positionOf(items[limit - 1]))).toString('base64url');
    reply.header('link', `<${this.nextUrl(request, next)}>; rel="next"`);
    return { items: items.map(toWire), next };
  }

  private nextUrl({ url }: HttpRequest, next: string): string {
    const [path, search] = url.split('?', 2);
    const query = new URLSearchParams(search);
    query.set('after', next);
    return this.options.url(`${path}?${query.toString()}`);
  }
}

/**
 * The position that `after` names; undefined without one.
 * @param types of its parts, as `positionOf` made them
 * @throws InputError when it is none
 */
export function readPosition<T extends readonly ('string' | 'number')[]>(
  after: string | undefined,
  ...types: T
): { [K in keyof T]: T[K] extends 'string' ? string : number } | undefined {
  if (after === undefined) return undefined;
  const parts = parse(Buffer.from(after, 'base64url').toString());
  if (Array.isArray(parts) && parts.length === types.length && types.every((type, index) => isA(type, parts[index])))
    return parts as never;
  throw new InputError([{ member: 'after', problem: 'is not a position in this list' }]);
}

function isA(type: 'string' | 'number', part: unknown): boolean {
  if (type === 'string') return typeof part === 'string' && isStorableText(part);
  return Number.isInteger(part) && (part as number) >= 0 && (part as number) <= MAX_NUMBER;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
