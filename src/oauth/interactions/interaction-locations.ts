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
  private readonly own = new Map<keyof InteractionPages, URL>();

  /** @throws Error when a page of the application is not at the issuer's origin: its cookies would not get there */
  constructor(private readonly options: ServerOptions) {
    for (const [member, page] of Object.entries(options.interactionPages) as [keyof InteractionPages, string?][]) {
      if (page === undefined) continue;
      const url = URL.canParse(page, options.origin) ? new URL(page, options.origin) : undefined;
      if (url?.origin !== options.origin || url.pathname.startsWith('//'))
        throw new Error(
          `interactionPages.${member}: must be a path, or a URL at the issuer's origin ${options.origin}`,
        );
      this.own.set(member, url);
    }
  }

  /**
   * The page, from the root of the host on.
   * @param query what it is told: the sealed interaction, and that somebody else signs in (`switch`)
   */
  of(kind: InteractionKind, query: Record<string, string>): string {
    const member = MEMBERS[kind].find((one) => this.own.has(one));
    const url = new URL((member && this.own.get(member)) ?? `${this.options.origin}${this.options.basePath}/${kind}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.pathname + url.search + url.hash;
  }
}
