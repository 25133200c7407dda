// Where people do what is needed before an authorization request is answered: our page, or one of the host application.
import { Injectable } from '@nestjs/common';
import { type InteractionPages, ServerOptions } from '../../config/options.js';
import type { InteractionKind } from '../sign-in-steps.js';

/** The member of the option `interactionPages` by what people have to do, and the one that does for it. */
const MEMBERS: Readonly<Record<InteractionKind, readonly (keyof InteractionPages)[]>> = {
  'sign-in': ['signIn'],
  'sign-up': ['signUp', 'signIn'],
  'select-account': ['selectAccount'],
  consent: ['consent'],
};

type Options = Pick<ServerOptions, 'origin' | 'basePath' | 'interactionPages'>;

@Injectable()
export class InteractionLocations {
  constructor(private readonly options: ServerOptions) {}

  /**
   * The page, from the root of the host on.
   * @param query what it is told: the sealed interaction, and that somebody else signs in (`switch`)
   */
  of(kind: InteractionKind, query: Record<string, string>): string {
    const { interactionPages } = this.options;
    const member = MEMBERS[kind].find((one) => interactionPages[one] !== undefined);
    return locationOf(this.options, (member && interactionPages[member]) ?? `${this.options.basePath}/${kind}`, query);
  }
}

/**
 * The sign-in page for people whom no client has sent, from the root of the host on.
 * @param next the page to go on to, below the issuer; the application's sign-in page is told it from the root of the host on
 * @param query what else it is told
 */
export function signInLocation(options: Options, next?: string, query: Record<string, string> = {}): string {
  const { basePath, interactionPages } = options;
  const theirs = interactionPages.signIn;
  const told = next === undefined ? query : { next: theirs === undefined ? next : basePath + next, ...query };
  return locationOf(options, theirs ?? `${basePath}/sign-in`, told);
}

function locationOf({ origin }: Options, page: string, query: Record<string, string>): string {
  const url = new URL(page, origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.pathname + url.search + url.hash;
}
