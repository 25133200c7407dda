// Guards in a WebSocket gateway: the token of the handshake, looked at again with each message.
// @see RFC 6750 §2.1, RFC 6455 §4.2 https://www.rfc-editor.org/rfc/rfc6750#section-2.1
import { setTimeout as sleep } from 'node:timers/promises';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  type AccessToken,
  CurrentToken,
  currentToken,
  CurrentUser,
  Public,
  ResourceProtector,
  ResourceServer,
  type ResourceServerOptions,
} from 'nest-authorization-server/resource-server';
import { WebSocket } from 'ws';
import { onClose } from '../support/cleanup.js';
import { ADAPTERS } from './guarded-app.js';
import { type Host, ReadingVerifier, startHost, tokenWith } from './host.js';

@WebSocketGateway({ path: '/socket' })
@ResourceProtector('chat')
class ChatGateway {
  readonly connected: string[] = [];

  constructor(private readonly resourceServer: ResourceServer) {}

  handleConnection(_client: object, request: { url: string }): void {
    this.connected.push(request.url);
  }

  @SubscribeMessage('say')
  async say(@MessageBody() body: unknown, @CurrentToken() token: AccessToken, @CurrentUser() user: object) {
    await sleep(1);
    return { event: 'said', data: { body, subject: token.subject, inChain: currentToken()?.subject, user } };
  }

  @SubscribeMessage('delete')
  @ResourceProtector('chat:admin')
  remove(): object {
    return { event: 'deleted', data: {} };
  }

  @SubscribeMessage('acquire')
  acquire(): object {
    return { event: 'acquired', data: { scope: this.resourceServer.acquire('chat:admin').scope } };
  }

  @SubscribeMessage('open')
  @Public()
  open(): object {
    return { event: 'opened', data: { token: currentToken() ?? null } };
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway {
  @SubscribeMessage('say')
  say(): object {
    return { event: 'said', data: { subject: currentToken()?.subject ?? null } };
  }
}

@WebSocketGateway({ path: '/mixed' })
class MixedGateway {
  @SubscribeMessage('guarded')
  @ResourceProtector()
  guarded(@CurrentToken() token: AccessToken): object {
    return { event: 'said', data: { parameter: token.subject, inChain: currentToken()?.subject } };
  }

  @SubscribeMessage('optional')
  @ResourceProtector([], { optional: true })
  optional(@CurrentToken() token?: AccessToken): object {
    return { event: 'said', data: { parameter: token ?? null, inChain: currentToken() ?? null } };
  }

  @SubscribeMessage('plain')
  plain(@CurrentToken() token?: AccessToken): object {
    return { event: 'said', data: { parameter: token ?? null, inChain: currentToken() ?? null } };
  }
}

interface Socket {
  send(event: string, data?: unknown): Promise<{ event: string; data: Record<string, unknown> }>;
}

async function connect({ url }: Host, headers: Record<string, string>, path = '/socket'): Promise<Socket> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
  onClose(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    send: (event, data) =>
      new Promise((resolve) => {
        socket.once('message', (message: Buffer) => resolve(JSON.parse(message.toString()) as never));
        socket.send(JSON.stringify({ event, data }));
      }),
  };
}

const bearer = (claims: object = {}): Record<string, string> => ({
  authorization: `Bearer ${tokenWith({ scope: 'chat', ...claims })}`,
});

function start(adapter: 'fastify' | 'express', options?: ResourceServerOptions): Promise<Host> {
  const configure: NonNullable<Parameters<typeof startHost>[0]['configure']> = (app) =>
    app.useWebSocketAdapter(new WsAdapter(app));
  return startHost({ adapter, options, providers: [ChatGateway, MixedGateway, PlainGateway], configure });
}

describe.each(ADAPTERS)('on %s, a gateway', (adapter) => {
  let host: Host;
  beforeAll(async () => void (host = await start(adapter)));

  it('takes the token of the handshake, and has it at hand', async () => {
    const { send } = await connect(host, bearer());
    expect(await send('say', { text: 'hello' })).toEqual({
      event: 'said',
      data: {
        body: { text: 'hello' },
        subject: 'user-1',
        inChain: 'user-1',
        user: expect.objectContaining({ id: 'user-1' }),
      },
    });
    expect((await send('say', 'only a text')).data.inChain).toBe('user-1');
    expect(host.app.get(ChatGateway).connected).toContain('/socket');
  });

  it.each<[string, string, Record<string, string>, Record<string, unknown>]>([
    ['without a token', 'say', {}, { statusCode: 401, challenge: 'Bearer realm="api"' }],
    ['with a bad token', 'say', { authorization: 'Bearer x' }, { statusCode: 401, error: 'invalid_token' }],
    ['with two tokens', 'say', { authorization: 'Bearer x y' }, { statusCode: 400, error: 'invalid_request' }],
    ['with too little scope', 'delete', bearer(), { statusCode: 403, error: 'insufficient_scope' }],
    ['whose handler acquires more', 'acquire', bearer(), { statusCode: 403, error: 'insufficient_scope' }],
  ])('refuses a message %s, with the challenge (§3.1)', async (_, event, headers, refusal) => {
    const { send } = await connect(host, headers);
    const answer = await send(event, {});
    expect(answer.event).toBe('exception');
    expect(answer.data).toMatchObject({ status: 'error', challenge: expect.stringMatching(/^Bearer /), ...refusal });
    if ('error' in refusal) expect(answer.data.challenge).toContain(`error="${String(refusal.error)}"`);
  });

  it('takes no token out of the URL (RFC 9700 §4.3.2)', async () => {
    const { send } = await connect(host, {}, `/socket?access_token=${tokenWith({ scope: 'chat' })}`);
    expect((await send('say', {})).data).toMatchObject({ statusCode: 401 });
  });

  it('is open where it is public', async () => {
    expect(await (await connect(host, bearer())).send('open')).toEqual({ event: 'opened', data: { token: null } });
  });

  it('refuses a token that expires while the connection is open, at the next message', async () => {
    const { send } = await connect(host, bearer({ exp: Math.floor(Date.now() / 1000) + 3 }));
    expect((await send('say', {})).event).toBe('said');
    await sleep(3100);
    expect(await send('say', {})).toMatchObject({ event: 'exception', data: { error: 'invalid_token' } });
  });

  it('verifies the token once a message, also where gateway and handler are both decorated', async () => {
    const verifier = host.app.get(ReadingVerifier);
    const { send } = await connect(host, bearer({ scope: 'chat:admin' }));
    const before = verifier.calls;
    expect((await send('delete', {})).event).toBe('deleted');
    expect(verifier.calls - before).toBe(1);
  });

  it('keeps the tokens of two connections apart', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    const sockets = await Promise.all(names.map((sub) => connect(host, bearer({ sub }))));
    const answers = await Promise.all(sockets.map(({ send }) => send('say', {})));
    expect(answers.map(({ data }) => data.inChain)).toEqual(names);
  });

  it('is guarded by the option global, too', async () => {
    const guarded = await start(adapter, { global: true });
    expect(await (await connect(guarded, {}, '/plain')).send('say', {})).toMatchObject({ data: { statusCode: 401 } });
    expect(await (await connect(guarded, bearer(), '/plain')).send('say', {})).toEqual({
      event: 'said',
      data: { subject: 'user-1' },
    });
  });

  it('takes a token out of the message where tokenExtractor finds it there', async () => {
    const own = await start(adapter, {
      tokenExtractor: (context) => `Bearer ${context.switchToWs().getData<{ token: string }>().token}`,
    });
    const { send } = await connect(own, {});
    const names = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    for (const sub of names) {
      const answer = await send('say', { token: tokenWith({ scope: 'chat', sub }) });
      expect(answer.data).toMatchObject({ subject: sub, inChain: sub });
    }
    expect((await send('say', { token: 'x' })).data).toMatchObject({ error: 'invalid_token' });
  });

  it('has no token of an earlier message, also where a message is no object', async () => {
    const own = await start(adapter, {
      tokenExtractor: (context) => {
        const data = context.switchToWs().getData<unknown>();
        return typeof data === 'string' && data !== '' ? `Bearer ${data}` : undefined;
      },
    });
    const { send } = await connect(own, {}, '/mixed');
    for (const event of ['optional', 'plain']) {
      const guarded = await send('guarded', tokenWith());
      expect(guarded.data).toEqual({ parameter: 'user-1', inChain: 'user-1' });
      expect((await send(event, '')).data).toEqual({ parameter: null, inChain: null });
    }
  });
});
