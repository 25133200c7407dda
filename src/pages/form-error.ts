// A form that was refused before anybody looked at its fields, and the page from which to begin again.
import { OAuthError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';

/** Forms post to the path of their page or to one below it. */
const PAGE = /^\/(?:sign-in|sign-up|consent|device|account|oauth\/logout|clients\/[^/?#]+)/;
/** What a page hands on to the next one. */
const CARRIED = ['interaction', 'next', 'switch', 'fresh', 'identity', 'logout'] as const;

/** The form was not made for this browser and session: it comes from elsewhere, or from before somebody signed in or out. */
export class FormError extends OAuthError {
  /** @param again the form's page, below the issuer; absent for forms that are not ours */
  constructor(readonly again?: string) {
    super('invalid_form', 403, 'The form was not made by this server for this browser, or is too old.');
  }
}

/** The page that has the form which posts to this URL, as a path below the issuer. */
export function pageOfForm(url: string): string {
  return PAGE.exec(url)?.[0] ?? '/';
}

/** What a link or a form carries on: a sealed interaction or logout, the page to go to, that somebody else signs in. */
export function carriedBy(sent: Parameters): Record<string, string> {
  const carried: Record<string, string> = {};
  for (const name of CARRIED) {
    const [value] = sent.getAll(name);
    if (value !== undefined) carried[name] = value;
  }
  return carried;
}

/** The same as a query, with its `?`. */
export function carriedQuery(sent: Parameters): string {
  const query = new URLSearchParams(carriedBy(sent)).toString();
  return query === '' ? '' : `?${query}`;
}
