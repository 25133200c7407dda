// What every page needs of its request and does with its reply: who is signed in, the form that was posted and that it
// is ours, the rendered page or the way on.
import { Injectable } from '@nestjs/common';
import { type HttpReply, type HttpRequest, NO_STORE } from '../common/http.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { type Parameters, parseForm } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { signInLocation } from '../oauth/interactions/interaction-locations.js';
import { Browser } from '../sessions/browser.js';
import { Csrf, isSameOrigin } from '../sessions/csrf.js';
import type { Session } from '../sessions/session.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.js';
import { inLanguage, Languages, type PageLanguage } from './languages.js';
import { carriedQuery, FormError, pageOfForm } from './form-error.js';
import { PageRenderer } from './render.js';
import type { PageName, PageViews, SignedInView } from './views/view-models.js';

/** A page of our own that people come back to has no longer URL. */
const MAX_NEXT_LENGTH = 1000;

/** A page's request: who looks at it, and the token for its forms. */
export interface PageContext {
  request: HttpRequest;
  reply: HttpReply;
  /** In which the page answers. */
  language: PageLanguage;
  browserId: string;
  csrfToken: string;
  query: Parameters;
  session?: Session;
  /** Whose session it is. */
  user?: User;
}

/** A page for somebody who is signed in. */
export type SignedInContext = PageContext & { session: Session; user: User };

export interface PageOptions {
  status?: number;
  /** URLs of images on the page. */
  imgSources?: readonly (string | undefined)[];
  /** URLs that the page frames. */
  frameSources?: readonly string[];
  headers?: Record<string, string>;
}

@Injectable()
export class PageResponder {
  constructor(
    private readonly renderer: PageRenderer,
    private readonly sessions: SessionsService,
    private readonly browser: Browser,
    private readonly csrf: Csrf,
    private readonly languages: Languages,
    private readonly options: ServerOptions,
  ) {}

  async open(request: HttpRequest, reply: HttpReply): Promise<PageContext> {
    const signedIn = await this.sessions.withUser(await this.sessions.find(request));
    // A form without the cookie is refused, and a foreign one must not give the browser another: its open pages need it.
    const browserId =
      request.method === 'POST' ? (this.browser.find(request) ?? '') : this.browser.identify(request, reply);
    const start = request.url.indexOf('?');
    const query = parseForm(start < 0 ? '' : request.url.slice(start + 1));
    return {
      request,
      reply,
      language: this.languages.of(request),
      browserId,
      query,
      csrfToken: this.csrf.token(browserId, signedIn?.session.id),
      ...signedIn,
    };
  }

  /** For pages of one's own: whoever is not signed in does that first and comes back. */
  async openSignedIn(request: HttpRequest, reply: HttpReply): Promise<SignedInContext | undefined> {
    const context = await this.open(request, reply);
    if (context.session && context.user) return context as SignedInContext;
    const here = request.method === 'POST' ? pageOfForm(request.url) : request.url;
    const next = here.length <= MAX_NEXT_LENGTH ? here : '/account';
    this.redirect(context, signInLocation(this.options, next));
    return undefined;
  }

  /** Whoever is signed in proves it again, and comes back. @param next below the issuer */
  signInAgain(context: SignedInContext, next: string): void {
    this.redirect(context, signInLocation(this.options, next, { fresh: '1' }));
  }

  /**
   * The form that was posted.
   * @param options `whoeverIsSignedIn`: also a form from before somebody signed in, as in another tab of theirs
   * @throws FormError when it does not come from one of our pages in this browser
   */
  form({ request, session }: PageContext, options: { whoeverIsSignedIn?: boolean } = {}): Parameters {
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/x-www-form-urlencoded')
      throw new InvalidRequestError('Send the form as application/x-www-form-urlencoded.');
    const form = parseForm(request.rawBody ?? '');
    const token = form.getAll('csrf_token')[0];
    if (this.csrf.accepts(request, token, session?.id)) return form;
    if (options.whoeverIsSignedIn && this.csrf.accepts(request, token)) return form;
    const isOurs = isSameOrigin(request, this.options.origin);
    throw new FormError(isOurs ? pageOfForm(request.url) + carriedQuery(form) : undefined);
  }

  render<P extends PageName>(
    { reply, language }: Pick<PageContext, 'reply' | 'language'>,
    page: P,
    view: PageViews[P],
    options: PageOptions = {},
  ): void {
    const html = this.renderer.render(page, view, language);
    const { locale } = language;
    const { imgSources, frameSources } = options;
    const headers = { ...this.renderer.pageHeaders({ locale, imgSources, frameSources }), ...options.headers };
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    reply.status(options.status ?? 200).send(html);
  }

  /** @param path below the issuer */
  seeOther(context: Pick<PageContext, 'reply' | 'language'>, path: string): void {
    const { basePath, home, pages } = this.options;
    const isElsewhere = !pages.home && /^\/(?:\?|$)/.test(path);
    if (isElsewhere) sendTo(context.reply, home);
    else this.redirect(context, basePath + path);
  }

  /** @param path from the root of the host on */
  private redirect({ reply, language }: Pick<PageContext, 'reply' | 'language'>, path: string): void {
    sendTo(reply, inLanguage(path, language));
  }

  /** The part that the bar on top shows. */
  signedInView({ user, query }: SignedInContext): SignedInView {
    const name = user.claims.name;
    return {
      user: { username: user.username, name: typeof name === 'string' ? name : undefined },
      notice: noticeOf(query),
    };
  }
}

function sendTo(reply: HttpReply, location: string): void {
  for (const [name, value] of Object.entries(NO_STORE)) reply.header(name, value);
  reply.header('location', location).status(303).send('');
}

const NOTICES = [
  'accountCreated', 'passwordChanged', 'applicationRevoked', 'sessionEnded', 'otherSessionsEnded', 'clientSaved', 'clientDeleted',
  'identityLinked', 'identityUnlinked', 'passwordSet',
] as const; // prettier-ignore

/** Only words of ours are shown, whatever the link says. */
function noticeOf(query: Parameters): SignedInView['notice'] {
  const asked = query.getAll('notice')[0];
  return NOTICES.find((notice) => notice === asked);
}
