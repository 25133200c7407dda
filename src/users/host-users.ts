// The users of the host's @UserStore: asked for, checked, kept for a moment.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../common/plugin.js';
import { ServerOptions } from '../config/options.js';
import { Cached } from '../database/cached.js';
import { ChangeListener } from '../database/change-listener.js';
import type { Transaction } from '../database/database.js';
import { EndedAccessesRepository } from './ended-accesses.repository.js';
import { EqualTime } from './equal-time.js';
import { isUserId, userFromStore } from './store-user.js';
import type { User } from './user.js';
import { USER_STORE, type UserStore } from './user-store.js';

@Injectable()
export class HostUsers implements OnModuleInit {
  private readonly stores: Registry<UserStore>;
  private readonly byId: Cached<string, User>;
  private readonly equalTime = new EqualTime();
  /** By the database's clock, before the store was asked. */
  private readonly askedAt = new WeakMap<User, string>();

  constructor(
    discovery: DiscoveryService,
    private readonly endedAccesses: EndedAccessesRepository,
    changes: ChangeListener,
    { hostCache }: ServerOptions,
  ) {
    this.stores = new Registry(USER_STORE, discovery);
    this.byId = new Cached(changes, { tables: ['ended_accesses'], maxEntries: 10_000, maxAge: hostCache * 1000 });
  }

  onModuleInit(): void {
    this.stores.load();
  }

  /** Has the host a store? */
  get present(): boolean {
    return this.stores.names().length > 0;
  }

  async find(id: string): Promise<User | undefined> {
    return isUserId(id) ? this.byId.get(id, (one) => this.ask(one)) : undefined;
  }

  async findFresh(id: string): Promise<User | undefined> {
    return isUserId(id) ? this.ask(id) : undefined;
  }

  async findByLogin(login: string): Promise<User | undefined> {
    if (!this.store.findByLogin) return undefined;
    const now = await this.endedAccesses.clock();
    const user = userFromStore(await this.store.findByLogin(login), 'findByLogin');
    if (user) this.askedAt.set(user, now);
    return user;
  }

  /** @returns the named user as well, where the store can tell */
  async checkPassword(login: string, password: string): Promise<{ verified: boolean; user?: User }> {
    const now = await this.endedAccesses.clock();
    return this.equalTime.run(
      async () => {
        const user = userFromStore(await this.store.verifyPassword(login, password), 'verifyPassword');
        if (user) this.askedAt.set(user, now);
        if (user && !user.disabled) return { verified: true, user };
        return { verified: false, user: user ?? (await this.findByLogin(login)) };
      },
      ({ verified }) => !verified,
    );
  }

  /** @returns false when the user is disabled, or their access has ended since the store told of them */
  async hold(tx: Transaction, user: User): Promise<boolean> {
    if (user.disabled) return false;
    const since = this.askedAt.get(user);
    if (since === undefined) throw new Error('A user can be held who was found by UsersService.');
    return this.endedAccesses.hold(tx, user.id, since);
  }

  /** Waits for whoever holds the user; who comes later is refused. */
  end(tx: Transaction, id: string): Promise<void> {
    return this.endedAccesses.end(tx, id);
  }

  forget(id: string): void {
    this.byId.delete(id);
  }

  private async ask(id: string): Promise<User | undefined> {
    const now = await this.endedAccesses.clock();
    const user = userFromStore(await this.store.find(id), 'find');
    if (user && user.id !== id) throw new Error("The answer of the @UserStore's find is a user with another id.");
    if (user) this.askedAt.set(user, now);
    return user;
  }

  private get store(): UserStore {
    return this.stores.get('users');
  }
}
