// JSON that others sent, before anything is done with it.
import type { InputFault } from './input-error.js';
import { isStorableText } from './parameters.js';

const MAX_DEPTH = 32;
/** Names that mean something to JavaScript itself. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * What is wrong with a JSON value, wherever it is in it: text that PostgreSQL cannot hold, a name that could reach a
 * prototype, more nesting than anybody needs; undefined when nothing is.
 */
export function jsonFault(json: unknown): InputFault | undefined {
  const waiting: [value: unknown, path: string, depth: number][] = [[json, '', 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [value, path, depth] = next;
    if (typeof value === 'string') {
      if (!isStorableText(value)) return { member: path, problem: 'has characters that are not allowed' };
    } else if (typeof value === 'object' && value !== null) {
      if (depth === MAX_DEPTH) return { member: path, problem: `is nested more than ${MAX_DEPTH} deep` };
      const isList = Array.isArray(value);
      for (const [name, member] of Object.entries(value)) {
        const inside = isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
        if (!isStorableText(name)) return { member: path || 'body', problem: 'has a name that is not allowed' };
        if (!isList && FORBIDDEN_NAMES.has(name)) return { member: inside, problem: 'is not an allowed name' };
        waiting.push([member, inside, depth + 1]);
      }
    }
  }
  return undefined;
}
