// The interactions of a server inside a host application, on Fastify and on Express: the host's own sign-in, the host's pages,
// and our pages in the host's look.
import { Body, Controller, Get, HttpCode, type INestApplication, Module, Post, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  AuthorizationServerModule,
  BrowserSignIn,
  type HttpReply,
  type HttpRequest,
  type InteractionAnswer,
  Interactions,
  UsersService,
} from 'nest-authorization-server';
import { closeApplication, onClose } from '../support/cleanup.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { redeem, type Server } from '../support/flow.js';
import { hasId, textOf } from '../support/html.js';
import { CookieJar, pkce, visit } from '../support/http.js';
import { freePort } from '../support/server.js';
import { optionsFor, type Platform, PLATFORMS } from '../embedding/host.js';
import { authorizationPath, isSignedIn, open } from '../pages/browse.js';
import { answerTo, Spa } from './spa.js';

@Controller('house')
class HouseController {
  constructor(
    private readonly signIns: BrowserSignIn,
    private readonly interactions: Interactions,
    private readonly users: UsersService,
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
    @Body() { interaction, name }: { interaction: string; name: string },
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    const user = await this.users.findByLogin(name);
    const session = await this.signIns.signInUser(request, reply, user?.id ?? '', { amr: ['hwk'] });
    return this.interactions.resume(interaction, { request, reply, session });
  }
}

const THEME = { name: 'The House', logoUrl: '/house/logo.svg', accentColor: '#7a1f5c', radius: '3px' };

async function startHouse(platform: Platform): Promise<Server> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const options = await optionsFor(`${url}/auth`, { theme: THEME, interactionPages: { signIn: '/house' } });

  @Module({ imports: [AuthorizationServerModule.forRoot(options)], controllers: [HouseController] })
  class HouseModule {}

  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create<INestApplication>(HouseModule, adapter, { logger: false, abortOnError: false });
  onClose(() => closeApplication(app));
  await app.listen(port, '0.0.0.0');
  return { url, issuer: options.issuer };
}

describe.each(PLATFORMS)('inside a host application on %s', (platform) => {
  let server: Server;
  beforeAll(async () => {
    server = await startHouse(platform);
  }, 120_000);

  it('the host signs its user in, and the server goes on to consent and to the client', async () => {
    const { verifier, parameters } = pkce();
    const spa = await Spa.asked(server, { scope: 'read', ...parameters });
    expect(spa.at.href).toMatch(`${server.url}/house?interaction=`);
    const asked = await visit(spa.jar, spa.at);
    expect(await asked.json()).toMatchObject({ kind: 'sign-in', client: { client_name: 'Web App' } });

    const entered = await visit(spa.jar, `${server.url}/house`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ interaction: spa.interaction, name: USERS.alice.username }),
    });
    const step = (await entered.json()) as { kind: string; page: string; interaction: string; csrf_token: string };
    expect(step).toMatchObject({ kind: 'consent', page: expect.stringMatching(/^\/auth\/consent\?interaction=/) });
    expect(await isSignedIn(server, spa.jar)).toBe(true);

    Object.assign(spa, { interaction: step.interaction, csrf: step.csrf_token });
    const { code } = answerTo(await spa.send('consent', { decision: 'allow' }));
    const tokens = await redeem(server, CLIENTS.web, { code, verifier, redirectUri: CLIENTS.web.redirect_uris[0] });
    expect(tokens.scope).toBe('read');
  });

  it('the JSON API signs people in, below the path of the issuer', async () => {
    const spa = await Spa.asked(server, { client_id: 'trusted', redirect_uri: CLIENTS.trusted.redirect_uris[0] });
    expect((await spa.read()).body.kind).toBe('sign-in');
    const { username, password } = USERS.alice;
    expect(answerTo(await spa.send('sign-in', { username, password })).code).toBeDefined();
    expect((await fetch(`${server.url}/oauth/interaction?interaction=${spa.interaction}`)).status).toBe(404);
  });

  it('our own pages have the name, the logo, the colour and the corners of the host', async () => {
    const jar = new CookieJar();
    const page = await open(server, jar, '/sign-in');
    expect(hasId(page.html, 'sign-in')).toBe(true);
    expect(page.html).toContain(THEME.name);
    expect(page.html).toContain(`src="${THEME.logoUrl}"`);
    expect(page.headers.get('content-security-policy')).toContain("img-src 'self'");
    const [, sheet] = /href="([^"]*theme\.css[^"]*)"/.exec(page.html) ?? [];
    const css = await (await fetch(new URL(sheet, server.url))).text();
    expect(css).toMatch(/--radius:3px/);
    expect(css).toMatch(/--accent:#7a1f5c/);
  });

  it('an error of the authorization endpoint is shown on a page of the host’s look', async () => {
    const page = await open(server, new CookieJar(), authorizationPath({ client_id: 'nobody' }));
    expect([page.status, textOf(page.html, 'error') !== undefined, page.html.includes(THEME.name)]).toEqual([
      400,
      true,
      true,
    ]);
  });
});
