// An application of ours that signs in at a provider: bare routes over OAuthClient, and what they threw.
import { All, Controller, Get, Inject, Module, Param, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type ClientReply,
  type ClientRequest,
  type OAuthClient,
  OAuthClientError,
  OAuthClientModule,
  type OAuthClientModuleOptions,
  type OAuthClientOptions,
  OAuthRegistry,
  type OAuthToken,
} from 'nest-authorization-server/relying-party';
import { closeApplication, onClose } from '../support/cleanup.js';
import { freePort } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';
import type { Arrival } from '../support/visitor.js';

export interface RelyingParty {
  /** `http://127.0.0.1:<port>` */
  url: string;
  registry: OAuthRegistry;
  /** Registers a provider under a name of its own. */
  register(options: OAuthClientOptions): OAuthClient;
  /** Where a provider sends the browser back. */
  callback(name: string): string;
  /** All that was thrown so far. */
  errors: OAuthClientError[];
}

/** What a callback came to: a token, or an error. */
export interface Outcome {
  token?: OAuthToken;
  error?: string;
  description?: string;
}

/** Starts one on Fastify; it ends with the spec. */
export async function startRelyingParty(options: Partial<OAuthClientModuleOptions> = {}): Promise<RelyingParty> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const errors: OAuthClientError[] = [];

  async function outcome(reply: ClientReply, work: () => Promise<object>): Promise<void> {
    try {
      reply
        .status(200)
        .header('content-type', 'application/json')
        .send(await work());
    } catch (error) {
      if (!(error instanceof OAuthClientError)) throw error;
      errors.push(error);
      const { code, description } = error;
      reply.status(400).header('content-type', 'application/json').send({ error: code, description });
    }
  }

  @Controller()
  class SignInController {
    constructor(@Inject(OAuthRegistry) private readonly registry: OAuthRegistry) {}

    @Get('login/:name')
    async login(@Param('name') name: string, @Query() query: Record<string, string>, @Res() reply: ClientReply) {
      const client = this.registry.get(name);
      try {
        await client.authorizeRedirect(reply, `${url}/callback/${name}`, query);
      } catch (error) {
        await outcome(reply, async () => {
          throw error;
        });
      }
    }

    @All('callback/:name')
    callback(@Param('name') name: string, @Req() request: ClientRequest, @Res() reply: ClientReply) {
      const client = this.registry.get(name);
      return outcome(reply, async () => ({ token: await client.authorizeAccessToken(request, { reply }) }));
    }

    @Get('logout/:name')
    async logout(@Param('name') name: string, @Query('hint') idTokenHint: string, @Res() reply: ClientReply) {
      await this.registry.get(name).logoutRedirect(reply, `${url}/signed-out/${name}`, { idTokenHint });
    }

    @Get('signed-out/:name')
    signedOut(@Param('name') name: string, @Req() request: ClientRequest, @Res() reply: ClientReply) {
      return outcome(reply, () => this.registry.get(name).validateLogoutResponse(request, { reply }));
    }
  }

  @Module({
    imports: [OAuthClientModule.forRoot({ providers: {}, secretKeys: [SECRET_KEYS], ...options })],
    controllers: [SignInController],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  onClose(() => closeApplication(app));
  await app.listen(port, '127.0.0.1');
  const registry = app.get(OAuthRegistry);
  let registered = 0;
  return {
    url,
    registry,
    errors,
    callback: (name) => `${url}/callback/${name}`,
    register: (of) => {
      const name = `provider-${++registered}`;
      registry.register(name, of);
      return registry.get(name);
    },
  };
}

/** What a page of {@link startRelyingParty} says. */
export function outcomeOf({ text }: Arrival): Outcome {
  return JSON.parse(text) as Outcome;
}
