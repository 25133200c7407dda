// A host application that signs people in by means of its own, and hands its users to the server. One file: nothing but the
// public name of the package.
// @see OIDC Core §3.1.2.1, §3.1.2.3 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import {
  BrowserSignIn,
  type HttpReply,
  type HttpRequest,
  type InteractionAnswer,
  Interactions,
  OAuthError,
} from 'nest-authorization-server';
import { decodeJwt } from 'jose';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { introspect, redeem, signIn, type TokenResponse } from '../support/flow.js';
import { query } from '../support/database.js';
import { CookieJar, form, pkce, type ParameterMap, visit } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { authorizationPath, isSignedIn } from '../pages/browse.js';

interface Ticket {
  userId: string;
  amr: string[];
  /** Seconds since the host has seen the user. */
  age?: number;
  interaction: string;
}

/** The host knows its people by a ticket; its pages are made elsewhere. */
@Controller('house')
class HouseController {
  constructor(
    private readonly signIns: BrowserSignIn,
    private readonly interactions: Interactions,
  ) {}

  @Get()
  ask(
    @Query('interaction') interaction: string,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return this.interactions.resume(interaction, { request, reply });
  }

  @Post()
  @HttpCode(200)
  async enter(
    @Body() { userId, amr, age, interaction }: Ticket,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer | { refused: string }> {
    const authTime = age === undefined ? undefined : new Date(Date.now() - age * 1000);
    try {
      const session = await this.signIns.signInUser(request, reply, userId, { amr, authTime });
      return await this.interactions.resume(interaction, { request, reply, session });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { refused: error.code };
    }
  }

  @Post('allow')
  @HttpCode(200)
  allow(
    @Body() { interaction }: Ticket,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return this.interactions.decideConsent(interaction, true, { request, reply });
  }

  @Post('leave')
  @HttpCode(200)
  leave(
    @Body() { interaction }: Ticket,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return this.interactions.cancel(interaction, { request, reply });
  }
}

const { trusted } = CLIENTS;
let server: InProcessServer;
let alice: string;

beforeAll(async () => {
  server = await startInProcess(
    { interactionPages: { signIn: '/house' }, authenticationContexts: { password: ['pwd'], badge: ['hwk', 'pin'] } },
    [HouseController],
  );
  const [row] = await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [USERS.alice.username]);
  alice = row.id;
}, 60_000);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the answer is
type Json = any;

class Visitor {
  readonly proof = pkce();
  at: URL;

  constructor(readonly jar = new CookieJar()) {}

  /** Comes from the client, to where the server sends the browser on. */
  async come(params: ParameterMap = {}): Promise<this> {
    const [redirect_uri] = trusted.redirect_uris;
    const all = { client_id: trusted.client_id, redirect_uri, scope: 'openid', ...this.proof.parameters, ...params };
    const response = await visit(this.jar, `${server.url}${authorizationPath(all)}`);
    this.at = new URL(response.headers.get('location') ?? '', server.url);
    return this;
  }

  get interaction(): string {
    return this.at.searchParams.get('interaction') ?? '';
  }

  async ask(): Promise<Json> {
    const sent = form({ interaction: this.interaction }).toString();
    return (await visit(this.jar, `${server.url}/house?${sent}`)).json();
  }

  async post(path: string, members: object = {}): Promise<Json> {
    const response = await visit(this.jar, `${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ interaction: this.interaction, ...members }),
    });
    return response.json();
  }

  enter(members: Partial<Ticket> = {}): Promise<Json> {
    return this.post('/house', { userId: alice, amr: ['hwk', 'pin'], ...members });
  }

  redeem(answer: Json): Promise<TokenResponse> {
    const code = new URL(answer.redirect_to as string).searchParams.get('code') ?? '';
    return redeem(server, trusted, { code, verifier: this.proof.verifier, redirectUri: trusted.redirect_uris[0] });
  }
}

it('begins a session for a user whom the host has verified, and the client is answered', async () => {
  const visitor = await new Visitor().come();
  expect(visitor.at.pathname).toBe('/house');
  expect(await visitor.ask()).toMatchObject({ kind: 'sign-in', client: { client_id: 'trusted', first_party: true } });
  const answer = await visitor.enter();
  expect(Object.keys(answer as object)).toEqual(['redirect_to']);
  const tokens = await visitor.redeem(answer);
  expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, sub: alice, username: 'alice' });
  expect(await isSignedIn(server, visitor.jar)).toBe(true);
});

it('tells how and when the user signed in: amr, acr and auth_time (OIDC Core §2)', async () => {
  const visitor = await new Visitor().come({ max_age: 7200 });
  const before = Math.floor(Date.now() / 1000);
  const claims = decodeJwt((await visitor.redeem(await visitor.enter({ age: 3600 }))).id_token!);
  expect(claims).toMatchObject({ amr: ['hwk', 'pin'], acr: 'badge' });
  expect(claims.auth_time).toBeGreaterThanOrEqual(before - 3601);
  expect(claims.auth_time).toBeLessThanOrEqual(before - 3590);
});

it('takes a sign-in of the future for one of now', async () => {
  const visitor = await new Visitor().come({ max_age: 7200 });
  const { auth_time } = decodeJwt((await visitor.redeem(await visitor.enter({ age: -3600 }))).id_token!);
  expect(auth_time).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
});

it.each([{ max_age: 600 }, { prompt: 'login' }])(
  'does not take an old sign-in for a fresh one, where the client asks for that: %j (§3.1.2.1)',
  async (asked) => {
    const visitor = await new Visitor().come(asked);
    expect(await visitor.enter({ age: 3600 })).toMatchObject({ kind: 'sign-in', user: { username: 'alice' } });
    expect(await visitor.enter()).toHaveProperty('redirect_to');
  },
);

it('asks for consent after it, where the client needs consent', async () => {
  const visitor = await new Visitor().come({ client_id: 'web', redirect_uri: undefined, scope: 'read' });
  expect(await visitor.enter()).toMatchObject({
    kind: 'consent',
    page: expect.stringMatching(/^\/consent\?interaction=/),
    user: { username: 'alice' },
  });
});

it('does nothing for a user who is not there, is disabled, or was seen too long ago', async () => {
  const { id: bob } = (await query<{ id: string }>(server, `SELECT id FROM users WHERE username = 'bob'`))[0];
  await query(server, `UPDATE users SET disabled_at = now() WHERE id = $1`, [bob]);
  const visitor = await new Visitor().come();
  for (const members of [
    { userId: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f' },
    { userId: 'x' },
    { userId: bob },
    { age: 8 * 86400 },
  ])
    expect(await visitor.enter(members)).toEqual({ refused: 'access_denied' });
  expect(visitor.jar.session()).toBeUndefined();
  expect(await visitor.enter({ age: 6 * 86400 })).toHaveProperty('redirect_to');
});

it('ends the session of whoever was signed in before, under another key', async () => {
  const jar = await signIn(server, USERS.admin);
  const planted = jar.copy();
  const visitor = await new Visitor(jar).come({ prompt: 'login' });
  await visitor.enter();
  expect(jar.session()!.value).not.toBe(planted.session()!.value);
  expect([await isSignedIn(server, jar), await isSignedIn(server, planted)]).toEqual([true, false]);
});

it('does not go on with what waits in another browser', async () => {
  const mine = await new Visitor().come();
  const theirs = await new Visitor().come();
  theirs.at = mine.at;
  expect(await theirs.enter()).toEqual({ refused: 'invalid_request' });
});

it('goes back to the client when the user leaves', async () => {
  const visitor = await new Visitor().come();
  const { redirect_to: url } = await visitor.post('/house/leave');
  expect(new URL(url as string).searchParams.get('error')).toBe('access_denied');
});

it('takes the consent of whom it was shown to, and asks who has signed in since', async () => {
  const { username } = USERS.admin;
  const [{ id: root }] = await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [username]);
  const { client_id, redirect_uris } = CLIENTS.web;
  const visitor = await new Visitor().come({
    client_id,
    redirect_uri: redirect_uris[0],
    scope: 'read',
    prompt: 'consent',
  });
  const { interaction: shownToAlice, user } = await visitor.enter();
  expect(user.username).toBe('alice');
  await visitor.enter({ userId: root });
  const asked = await visitor.post('/house/allow', { interaction: shownToAlice });
  expect(asked).toMatchObject({ kind: 'consent', user: { username } });
  const allowed = await visitor.post('/house/allow', { interaction: asked.interaction });
  expect(allowed.redirect_to).toMatch(/[?&]code=/);
});
