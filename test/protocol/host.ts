// A host application that has people, pages and controllers of its own: here the pages are JSON, and a header says who it is.
import { All, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import {
  type AuthorizationDecision,
  AuthorizationError,
  AuthorizationServer,
  type ConsentRequest,
  type HttpReply,
  type HttpRequest,
  jsonResponse,
  LogoutRequests,
  NO_STORE,
  OAuthError,
  parseForm,
  seeOther,
  sendResponse,
  type SignedIn,
  toOAuthRequest,
  UsersService,
} from 'nest-authorization-server';

/** Seconds ago. */
const SIGNED_IN = 100;

/** Who is signed in, as the host knows it. */
async function signedIn(users: UsersService, { headers }: HttpRequest): Promise<SignedIn | undefined> {
  const user = (await users.list({ limit: 100 })).find(({ username }) => username === headers['x-user']);
  const fresh = headers['x-fresh'] !== undefined;
  const authTime = new Date(Date.now() - (fresh ? 0 : SIGNED_IN * 1000));
  return user && { userId: user.id, authTime, amr: ['pwd'], ...(fresh && { forThisRequest: true }) };
}

@Controller('host/authorize')
export class HostAuthorizeController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly users: UsersService,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    try {
      const user = await signedIn(this.users, request);
      const consent = await this.server.validateConsentRequest(toOAuthRequest(request), user);
      sendResponse(reply, jsonResponse(200, this.page(consent), NO_STORE));
    } catch (error) {
      // What the client may not be told is shown: it goes nowhere.
      if (error instanceof OAuthError)
        return sendResponse(reply, jsonResponse(400, { page: 'error', code: error.code }));
      if (!(error instanceof AuthorizationError)) throw error;
      sendResponse(reply, await this.server.createErrorResponse(error));
    }
  }

  @Post()
  async decide(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const form = parseForm(request.rawBody ?? '');
    const scope = form.get('allowed')?.split(' ');
    const decision: AuthorizationDecision = {
      user: await signedIn(this.users, request),
      consent: form.get('decision') as 'allow' | 'deny' | undefined,
      ...(scope && { scope }),
      remember: form.get('remember') !== 'no',
    };
    sendResponse(reply, await this.server.createAuthorizationResponse(toOAuthRequest(request), decision));
  }

  private page({
    client,
    consentScope,
    redirectUri,
    needs,
    switchUser,
    prompt,
    maxAge,
    loginHint,
  }: ConsentRequest): object {
    return { client: client.name, scope: consentScope, redirectUri, needs, switchUser, prompt, maxAge, loginHint };
  }
}

/** One request that is shown and decided at once: what was validated is passed on. */
@Controller('host/at-once')
export class AtOnceController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly users: UsersService,
  ) {}

  @Get()
  async authorize(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const user = await signedIn(this.users, request);
    const consent = await this.server.validateConsentRequest(toOAuthRequest(request), user);
    sendResponse(reply, await this.server.createAuthorizationResponse(consent, { user, consent: 'allow' }));
  }
}

/** Any endpoint of the protocol at an address of the host's. */
@Controller('host/endpoints/:name')
export class HostEndpointsController {
  constructor(private readonly server: AuthorizationServer) {}

  @All()
  async respond(@Param('name') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    try {
      sendResponse(reply, await this.server.createEndpointResponse(name, toOAuthRequest(request)));
    } catch (error) {
      sendResponse(reply, jsonResponse(501, { message: (error as Error).message }));
    }
  }
}

@Controller('host/token')
export class HostTokenController {
  constructor(private readonly server: AuthorizationServer) {}

  @Post()
  async token(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    sendResponse(reply, await this.server.createTokenResponse(toOAuthRequest(request)));
  }
}

/** Sign-out of the host's: validated, asked about, then done. */
@Controller('host/sign-out')
export class HostSignOutController {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly logouts: LogoutRequests,
  ) {}

  @All()
  async signOut(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    try {
      const logout = await this.server.validateEndpointRequest('end_session', toOAuthRequest(request));
      const redirect = this.logouts.redirectOf(logout);
      if (!logout.hint)
        return sendResponse(reply, jsonResponse(200, { page: 'sign-out', client: logout.client?.name }));
      sendResponse(reply, redirect === undefined ? jsonResponse(200, { page: 'signed-out' }) : seeOther(redirect));
    } catch (error) {
      sendResponse(reply, await this.server.createErrorResponse(error));
    }
  }
}

export const HOST = [
  HostAuthorizeController,
  AtOnceController,
  HostEndpointsController,
  HostTokenController,
  HostSignOutController,
];
