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

@Injectable()
export class InteractionLocations {
  constructor(private readonly options: ServerOptions) {}

  /**
   * The page, from the root of the host on.
   * @param query what it is told: the sealed interaction, and that somebody else signs in (`switch`)
   */
  of(kind: InteractionKind, query: Record<string, string>): string {
    const { origin, basePath, interactionPages } = this.options;
    const member = MEMBERS[kind].find((one) => interactionPages[one] !== undefined);
    const url = new URL((member && interactionPages[member]) ?? `${basePath}/${kind}`, origin);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.pathname + url.search + url.hash;
  }
}
