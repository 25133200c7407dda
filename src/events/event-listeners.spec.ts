import { jest } from '@jest/globals';
import { Controller, Injectable, Logger, type Provider, Scope, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EventBus } from './event-bus.js';
import type { OAuthEventName, OAuthEvents } from './events.js';
import { EventsModule } from './events.module.js';
import { OnOAuthEvent } from './on-oauth-event.js';

const heard: unknown[] = [];
const created: OAuthEvents['client.created'] = { clientId: 'web' };

beforeEach(() => void (heard.length = 0));
afterEach(() => jest.restoreAllMocks());

async function start(providers: Provider[], controllers: Type[] = []): Promise<EventBus> {
  const module = await Test.createTestingModule({ imports: [EventsModule], providers, controllers }).compile();
  await module.init();
  return module.get(EventBus);
}

@Injectable()
class Listener {
  private readonly prefix = 'heard';

  @OnOAuthEvent('client.created')
  created({ clientId }: OAuthEvents['client.created']): void {
    heard.push(`${this.prefix} ${clientId}`);
  }
}

it('a method of a provider hears of the event that it names, and of no other', async () => {
  const bus = await start([Listener]);
  bus.emit('client.created', created);
  bus.emit('client.updated', created);
  expect(heard).toEqual(['heard web']);
});

it('a method of a controller hears of it', async () => {
  @Controller()
  class ListeningController extends Listener {}
  const bus = await start([], [ListeningController]);
  bus.emit('client.created', created);
  expect(heard).toEqual(['heard web']);
});

it.each<[string, Provider[]]>([
  ['a factory', [{ provide: 'made', useFactory: () => new Listener() }]],
  ['a value', [{ provide: 'made', useValue: new Listener() }]],
  ['another class', [{ provide: 'made', useClass: Listener }]],
])('what %s gives hears of it', async (_what, providers) => {
  const bus = await start(providers);
  bus.emit('client.created', created);
  expect(heard).toEqual(['heard web']);
});

it('one object under several names hears of it once', async () => {
  const bus = await start([Listener, { provide: 'same', useExisting: Listener }]);
  bus.emit('client.created', created);
  expect(heard).toHaveLength(1);
});

it('several events are told apart by their name', async () => {
  @Injectable()
  class Both {
    @OnOAuthEvent('client.created', 'client.updated')
    @OnOAuthEvent('client.deleted')
    changed(payload: { clientId: string }, name: OAuthEventName): void {
      heard.push([name, payload.clientId]);
    }
  }
  const bus = await start([Both]);
  for (const name of ['client.created', 'client.updated', 'client.deleted'] as const) bus.emit(name, created);
  expect(heard).toEqual([
    ['client.created', 'web'],
    ['client.updated', 'web'],
    ['client.deleted', 'web'],
  ]);
});

it('an error of a listener is logged and harms nobody, at once or later', async () => {
  const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  @Injectable()
  class Failing {
    @OnOAuthEvent('client.created')
    now(): void {
      throw new Error('now');
    }

    @OnOAuthEvent('client.created')
    later(): Promise<void> {
      return Promise.reject(new Error('later'));
    }
  }
  const bus = await start([Failing, Listener]);
  bus.emit('client.created', created);
  await Promise.resolve();
  await Promise.resolve();
  expect(heard).toEqual(['heard web']);
  expect(logged.mock.calls.map(([text]) => text)).toEqual([
    "A listener of 'client.created' failed: now",
    "A listener of 'client.created' failed: later",
  ]);
});

it.each([
  ['request-scoped', Scope.REQUEST],
  ['transient', Scope.TRANSIENT],
])('a listener that is %s stops the start', async (_what, scope) => {
  @Injectable({ scope })
  class Scoped extends Listener {}
  await expect(start([Scoped])).rejects.toThrow(
    "@OnOAuthEvent('client.created'): Scoped must not be request-scoped or transient.",
  );
});

it('a method that takes another payload than the event has does not compile', async () => {
  @Injectable()
  class Mistaken {
    // @ts-expect-error -- 'client.created' says nothing of a user
    @OnOAuthEvent('client.created')
    created({ userId }: { userId: string }): void {
      heard.push(userId);
    }
  }
  const bus = await start([Mistaken]);
  bus.emit('client.created', created);
  expect(heard).toEqual([undefined]);
});
