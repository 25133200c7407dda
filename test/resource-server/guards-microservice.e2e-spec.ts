// Guards in a microservice: the token travels in what the transport has for headers.
// @see RFC 6750 §2.1, §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import { createServer } from 'node:net';
import { Controller, type ExecutionContext, Module } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import {
  type AccessToken,
  CurrentToken,
  currentToken,
  CurrentUser,
  Public,
  ResourceProtector,
  ResourceProtectorGuard,
  ResourceServer,
  ResourceServerModule,
  type ResourceServerOptions,
} from 'nest-authorization-server/resource-server';
import { firstValueFrom } from 'rxjs';
import { closeApplication, onClose } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { ReadingVerifier, startHost, tokenWith } from './host.js';

@Controller()
@ResourceProtector('sums')
class SumsController {
  readonly heard: unknown[] = [];

  constructor(private readonly resourceServer: ResourceServer) {}

  @MessagePattern('sum')
  async sum(@Payload() numbers: number[], @CurrentToken() token: AccessToken, @CurrentUser() user: { id: string }) {
    await Promise.resolve();
    const total = numbers.reduce((one, other) => one + other, 0);
    return { total, subject: token.subject, inChain: currentToken()?.subject, user: user.id };
  }

  @MessagePattern('reset')
  @ResourceProtector('sums:admin')
  reset(): string {
    return 'reset';
  }

  @MessagePattern('acquire')
  acquire(): readonly string[] {
    return this.resourceServer.acquire('sums:admin').scope;
  }

  @MessagePattern('open')
  @Public()
  open(): object {
    return { token: currentToken() ?? null };
  }

  @EventPattern('noted')
  noted(@Payload() note: unknown): void {
    this.heard.push([note, currentToken()?.subject]);
  }
}

interface Service {
  sums: SumsController;
  send(pattern: string, data: unknown, authorization?: string): Promise<unknown>;
  emit(pattern: string, data: unknown, authorization?: string): Promise<unknown>;
}

async function start(options?: ResourceServerOptions): Promise<Service> {
  @Module({
    imports: [ResourceServerModule.forRoot(options)],
    controllers: [SumsController],
    providers: [ReadingVerifier],
  })
  class ServiceModule {}

  const port = await freePort();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(ServiceModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
    abortOnError: false,
  });
  onClose(() => closeApplication(app));
  await app.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  onClose(() => client.close());
  let authorization: string | undefined;
  client.setOnDispatchHook((packet) => {
    if (authorization !== undefined) packet.metadata = { authorization };
  });
  const dispatch = (kind: 'send' | 'emit') => (pattern: string, data: unknown, credentials?: string) => {
    authorization = credentials;
    return firstValueFrom(client[kind](pattern, data), { defaultValue: undefined });
  };
  return { sums: app.get(SumsController), send: dispatch('send'), emit: dispatch('emit') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const bearer = (claims: object = {}): string => `Bearer ${tokenWith({ scope: 'sums', ...claims })}`;

describe('over TCP', () => {
  let service: Service;
  beforeAll(async () => void (service = await start()));

  it('a message is let in with the token of its metadata, which is at hand', async () => {
    expect(await service.send('sum', [1, 2, 3], bearer())).toEqual({
      total: 6,
      subject: 'user-1',
      inChain: 'user-1',
      user: 'user-1',
    });
  });

  it.each<[string, string, string | undefined, Record<string, unknown>]>([
    ['without a token', 'sum', undefined, { statusCode: 401, challenge: 'Bearer realm="api"' }],
    ['with a bad token', 'sum', 'Bearer x', { statusCode: 401, error: 'invalid_token' }],
    ['with a malformed one', 'sum', 'Bearer x y', { statusCode: 400, error: 'invalid_request' }],
    ['with one of another scheme', 'sum', 'Basic YTpi', { statusCode: 401, challenge: 'Bearer realm="api"' }],
    ['with too little scope', 'reset', bearer(), { statusCode: 403, error: 'insufficient_scope' }],
    ['whose handler acquires more', 'acquire', bearer(), { statusCode: 403, error: 'insufficient_scope' }],
  ])('a message %s is refused with the challenge (§3.1)', async (_, pattern, authorization, refusal) => {
    const answer = service.send(pattern, [], authorization);
    await expect(answer).rejects.toMatchObject({ status: 'error', ...refusal });
    await expect(answer).rejects.toMatchObject({ challenge: expect.stringMatching(/^Bearer realm="api"/) });
  });

  it('an event without a token is not handled, one with a token is', async () => {
    await service.emit('noted', 'secretly');
    await service.emit('noted', 'openly', bearer());
    await eventually(() => service.sums.heard.length > 0);
    expect(service.sums.heard).toEqual([['openly', 'user-1']]);
  });

  it('a handler that is public is open', async () => {
    expect(await service.send('open', {}, bearer())).toEqual({ token: null });
  });

  it('a token may travel in the payload, where tokenExtractor takes it there', async () => {
    const own = await start({
      tokenExtractor: (context) => context.switchToRpc().getData<{ authorization?: string }>().authorization,
    });
    expect(await own.send('reset', { authorization: bearer({ scope: 'sums sums:admin' }) })).toBe('reset');
    await expect(own.send('reset', {})).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('the places of the other transports', () => {
  let guard: ResourceProtectorGuard;
  beforeAll(async () => void (guard = (await startHost({})).app.get(ResourceProtectorGuard)));

  class Handlers {
    handle(): void {
      return undefined;
    }
  }

  const contextWith = (rpcContext: object): ExecutionContext => {
    const context = new ExecutionContextHost([{}, rpcContext], Handlers, Handlers.prototype.handle);
    context.setType('rpc');
    return context;
  };
  const authorization = bearer();

  it.each<[string, object]>([
    ['headers of NATS', { getHeaders: () => new Map([['authorization', authorization]]) }],
    ['headers of Kafka', { getMessage: () => ({ headers: { authorization: Buffer.from(authorization) } }) }],
    ['headers of RabbitMQ', { getMessage: () => ({ properties: { headers: { Authorization: authorization } } }) }],
    ['user properties of MQTT 5', { getPacket: () => ({ properties: { userProperties: { authorization } } }) }],
    ['metadata of Redis', { getMetadata: () => ({ authorization }) }],
    ['metadata of gRPC', { get: (name: string) => (name === 'authorization' ? [authorization] : []) }],
  ])('%s hold the token', async (_, rpcContext) => {
    expect(await guard.canActivate(contextWith(rpcContext))).toBe(true);
  });

  it.each<[string, object]>([
    ['none', {}],
    ['two tokens', { get: () => [authorization, authorization] }],
    ['no text', { getMetadata: () => ({ authorization: { toString: () => authorization } }) }],
    ['an empty one', { getHeaders: () => new Map([['authorization', '']]) }],
  ])('a message with %s has no token (§3.1)', async (_, rpcContext) => {
    await expect(guard.canActivate(contextWith(rpcContext))).rejects.toMatchObject({
      error: expect.objectContaining({ statusCode: 401, challenge: 'Bearer realm="api"' }),
    });
  });
});
