// A single-page application that signs people in by the interaction API, with fetch alone.
import { baseOf, type Server } from '../support/flow.js';
import { CookieJar, form, type ParameterMap, visit } from '../support/http.js';
import { authorizationPath } from '../pages/browse.js';

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the answer is
  body: any;
}

export interface SendOptions {
  /** Absent: that of the last answer; null: none. */
  csrf?: string | null;
  headers?: Record<string, string>;
  /** In place of the JSON of the members. */
  body?: string;
}

export const STEPS = ['sign-in', 'sign-up', 'select-account', 'consent', 'cancel'] as const;
export type Step = (typeof STEPS)[number];

/** Good members of each step, but for who it is. */
export const MEMBERS: Readonly<Record<Step, object>> = {
  'sign-in': { username: 'x', password: 'y' },
  'sign-up': { username: 'x', password: 'y' },
  'select-account': {},
  consent: { decision: 'allow' },
  cancel: {},
};

export class Spa {
  /** The interaction and the token of the last answer. */
  interaction = '';
  csrf = '';

  constructor(
    readonly server: Server,
    readonly jar: CookieJar,
  ) {}

  /** A browser that a client has sent, and the page to which it was sent on. */
  static async asked(server: Server, params: ParameterMap = {}, jar = new CookieJar()): Promise<Spa & { at: URL }> {
    const response = await visit(jar, `${baseOf(server)}${authorizationPath(params)}`);
    const at = new URL(response.headers.get('location') ?? '', server.url);
    const spa = new Spa(server, jar);
    spa.interaction = at.searchParams.get('interaction') ?? '';
    return Object.assign(spa, { at });
  }

  async read(query: ParameterMap = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = form({ interaction: this.interaction, ...query });
    return this.take(await visit(this.jar, `${baseOf(this.server)}/oauth/interaction?${sent.toString()}`, { headers }));
  }

  async send(step: Step, members: object = {}, { csrf, headers, body }: SendOptions = {}): Promise<Answer> {
    const token = csrf === undefined ? this.csrf : csrf;
    const response = await visit(this.jar, `${baseOf(this.server)}/oauth/interaction/${step}`, {
      method: 'POST',
      headers: {
        origin: this.server.url,
        'content-type': 'application/json',
        ...(token !== null && { 'x-csrf-token': token }),
        ...headers,
      },
      body: body ?? JSON.stringify({ interaction: this.interaction, ...members }),
    });
    return this.take(response);
  }

  /** Another tab of the same browser, at the same point. */
  tab(jar = this.jar): Spa {
    return Object.assign(new Spa(this.server, jar), { interaction: this.interaction, csrf: this.csrf });
  }

  private async take(response: Response): Promise<Answer> {
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const body = isJson ? JSON.parse(text) : text;
    if (response.status === 200 && body.interaction !== undefined) {
      this.interaction = body.interaction as string;
      this.csrf = body.csrf_token as string;
    }
    return { status: response.status, headers: response.headers, body };
  }
}

/** The parameters with which the client is answered. */
export function answerTo({ body }: Answer): Record<string, string> {
  return Object.fromEntries(new URL(body.redirect_to as string).searchParams);
}
