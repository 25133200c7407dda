// An application of somebody else's that signs in with providers, on Fastify or Express: what its callback got, as JSON.
import { All, Controller, Get, type INestApplication, Module, Param, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OAuthClientError, type OAuthClientOptions } from 'nest-authorization-server/relying-party';
import type { ClientReply, ClientRequest } from '../../src/relying-party/oauth-client.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { FormBodies } from '../../src/relying-party/form-bodies.js';
import { OAuth2Client } from '../../src/relying-party/oauth2-client.js';
import { Provider } from '../../src/relying-party/provider.js';
import { settingsOf } from '../../src/relying-party/provider-settings.js';
import { Transactions, type TransactionSettings } from '../../src/relying-party/transactions.js';
import { closeApplication, onClose } from '../support/cleanup.js';
import type { Arrival, Step } from '../support/visitor.js';

export const ADAPTERS = ['fastify', 'express'] as const;

/** For jest: the time of day is set, and everything goes on as ever. */
export const ALL_BUT_DATE = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'nextTick',
  'queueMicrotask',
  'hrtime',
  'performance',
] as const;

/** What the callback of {@link RelyingParty} answers. */
export interface CallbackAnswer {
  token?: OAuthToken;
  error?: string;
  description?: string;
  uri?: string;
  status?: number;
}

export interface RelyingParty {
  app: INestApplication;
  url: string;
  /** Known from now on: `/login/<name>` goes there, `/callback/<name>` comes back. */
  add(name: string, options: OAuthClientOptions, redirectUri?: string): OAuth2Client;
  callback(name: string): string;
  /** What was thrown at callbacks. */
  errors: OAuthClientError[];
  /** Is the browser about to come back? */
  isCallback(step: Step): boolean;
}

export interface RelyingPartySettings {
  adapter?: (typeof ADAPTERS)[number];
  transactions?: TransactionSettings;
  /** Of NestFactory. */
  application?: object;
}

/** Closed after the spec. */
export async function startRelyingParty(settings: RelyingPartySettings = {}): Promise<RelyingParty> {
  const clients = new Map<string, { client: OAuth2Client; redirectUri: string }>();
  const errors: OAuthClientError[] = [];
  const transactions = new Transactions(settings.transactions);
  let url = '';
  const callback = (name: string): string => `${url}/callback/${name}`;

  @Controller()
  class SignInController {
    @Get('login/:name')
    async login(@Param('name') name: string, @Query() query: Record<string, string>, @Res() reply: ClientReply) {
      const { client, redirectUri } = clients.get(name)!;
      await client.authorizeRedirect(reply, redirectUri, query);
    }

    @All('callback/:name')
    async callback(
      @Param('name') name: string,
      @Req() request: ClientRequest,
      @Res({ passthrough: true }) reply: ClientReply,
    ): Promise<CallbackAnswer> {
      try {
        return { token: await clients.get(name)!.client.authorizeAccessToken(request, { reply }) };
      } catch (error) {
        if (!(error instanceof OAuthClientError)) throw error;
        errors.push(error);
        const { code, description, uri, status } = error;
        return { error: code, description, uri, status };
      }
    }
  }

  @Module({ controllers: [SignInController], providers: [FormBodies] })
  class HostModule {}

  const platform = settings.adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(HostModule, platform, {
    logger: false,
    abortOnError: false,
    ...settings.application,
  });
  onClose(() => closeApplication(app));
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  return {
    app,
    url,
    callback,
    errors,
    add: (name, options, redirectUri = callback(name)) => {
      const client = new OAuth2Client(new Provider(settingsOf(name, options)), transactions);
      clients.set(name, { client, redirectUri });
      return client;
    },
    isCallback: ({ url: to }) => to.origin === url && to.pathname.startsWith('/callback/'),
  };
}

/** What the callback answered. */
export function answerIn(arrival: Arrival): CallbackAnswer {
  return JSON.parse(arrival.text) as CallbackAnswer;
}
