// Where people go on after signing in: a page of our own.
import type { Parameters } from '../common/parameters.js';

/** The parameter `next`: a path of our own, and nothing that a browser takes for another host. */
export function nextOf(sent: Parameters, home = '/'): string {
  const next = sent.getAll('next')[0];
  return next !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : home;
}
