// Users and sessions of a server without its HTTP part, on a database of their own.
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import type { Semaphore } from '../../src/common/semaphore.js';
import { type AuthorizationServerOptionsInput, ServerOptions } from '../../src/config/options.js';
import { Database } from '../../src/database/database.js';
import { EventBus } from '../../src/events/event-bus.js';
import type { OAuthEventName } from '../../src/events/events.js';
import type { CookieReply } from '../../src/common/cookie.js';
import { PasswordHasher } from '../../src/users/password-hasher.js';
import { closeApplication, onClose } from '../support/cleanup.js';
import { createDatabase } from '../support/database.js';
import { SECRET_KEYS } from '../support/state.js';

const EVENTS: OAuthEventName[] = [
  'user.created',
  'user.signed_in',
  'user.sign_in_failed',
  'user.signed_out',
  'user.password_changed',
  'user.disabled',
  'user.deleted',
  'token.revoked',
];

/** Opens a house; several on one `database` are several instances of the server. */
export async function openHouse(given: Partial<AuthorizationServerOptionsInput> = {}) {
  const database = given.databaseUrl ?? (await createDatabase({ empty: true }));
  const options = ServerOptions.from({
    issuer: 'http://localhost:3000',
    secretKeys: [SECRET_KEYS],
    ...given,
    databaseUrl: database,
  });

  const app = await NestFactory.createApplicationContext(AppModule.forRoot(options), {
    logger: ['error'],
    abortOnError: false,
  });
  onClose(() => closeApplication(app));
  const events: Array<{ name: OAuthEventName } & Record<string, unknown>> = [];
  for (const name of EVENTS) app.get(EventBus).on(name, (payload) => void events.push({ name, ...payload }));
  const db = app.get(Database).dataSource;
  return {
    database,
    events,
    get: app.get.bind(app),
    sql: <Row = Record<string, unknown>>(text: string, values: unknown[] = []) => db.query<Row[]>(text, values),
  };
}

/** Counts the passwords that are hashed from now on. */
export function hashesOf(house: Awaited<ReturnType<typeof openHouse>>): () => number {
  const semaphore = Reflect.get(house.get(PasswordHasher), 'semaphore') as Semaphore;
  const run = Object.getPrototypeOf(semaphore).run as Semaphore['run'];
  let count = 0;
  semaphore.run = (task) => {
    count++;
    return run.call(semaphore, task) as never;
  };
  return () => count;
}

/** A browser: its cookies, and the replies that set them. */
export class TestBrowser {
  private readonly jar = new Map<string, string>();

  constructor(readonly ip = '203.0.113.1') {}

  get request(): { headers: Record<string, string>; ip: string } {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return { headers: cookie === '' ? {} : { cookie }, ip: this.ip };
  }

  get reply(): CookieReply {
    const set: string[] = [];
    return {
      header: (_name: string, value: string | string[]) => {
        for (const cookie of [value].flat()) {
          set.push(cookie);
          this.store(cookie);
        }
        return undefined as never;
      },
      getHeader: () => [...set],
    };
  }

  cookie(part: string): string | undefined {
    return [...this.jar].find(([name]) => name.includes(part))?.[1];
  }

  forget(part: string): void {
    for (const name of this.jar.keys()) if (name.includes(part)) this.jar.delete(name);
  }

  private store(cookie: string): void {
    const [pair] = cookie.split(';');
    const [name, value] = pair.split('=');
    if (/Max-Age=0/.test(cookie)) this.jar.delete(name);
    else this.jar.set(name, value);
  }
}
