// Another implementation: `oidc-provider` of npm, started with the clients and features that a test needs.
// @see https://github.com/panva/node-oidc-provider
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { ClientMetadata, Configuration } from 'oidc-provider';
import { childEnvironment } from './cli.js';
import { onClose } from './cleanup.js';
import { ROOT } from './state.js';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

export interface OidcProvider {
  /** `http://127.0.0.1:<port>` */
  issuer: string;
  /** The requests so far to a path. */
  requests(path: string): Promise<SeenRequest[]>;
  /** Signs with other keys from now on; the former ones are no longer published. */
  rotateKeys(): Promise<void>;
}

export interface OidcProviderSettings {
  clients: ClientMetadata[];
  /** Over those that are on: see oidc-provider-main.mjs. */
  features?: Configuration['features'];
  /** What JSON can say. */
  configuration?: Configuration;
}

type Message = { issuer: string } | { id: number; answer: unknown };

/**
 * Starts one; it ends with the spec. Whoever comes is signed in as `login_hint` says, or as alice.
 * @example const provider = await startOidcProvider({ clients: [{ client_id: 'rp', client_secret: SECRET, redirect_uris }] });
 */
export async function startOidcProvider(settings: OidcProviderSettings): Promise<OidcProvider> {
  const child = fork(join(ROOT, 'test', 'support', 'oidc-provider-main.mjs'), {
    env: childEnvironment({ SETTINGS: JSON.stringify(settings), NODE_OPTIONS: '' }),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'exit');
  onClose(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const waiting = new Map<number, (answer: unknown) => void>();
  const issuer = await new Promise<string>((done, fail) => {
    child.once('exit', () => fail(new Error(`oidc-provider ended:\n${said}`)));
    child.on('message', (message: Message) => {
      if ('issuer' in message) done(message.issuer);
      else waiting.get(message.id)?.(message.answer);
    });
  });
  let questions = 0;
  const ask = (question: string): Promise<unknown> =>
    new Promise((done) => {
      const id = ++questions;
      waiting.set(id, done);
      child.send({ id, question });
    });
  return {
    issuer,
    requests: async (path) => {
      const all = (await ask('requests')) as SeenRequest[];
      return all.filter(({ url }) => url.split('?')[0] === path);
    },
    rotateKeys: async () => void (await ask('rotate')),
  };
}
