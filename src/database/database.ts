// The way to PostgreSQL: prepared statements on TypeORM's own connections, and transactions.
import { Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { connectionOf } from './connection.js';
import { exclusively } from './exclusively.js';
import { isLostRace, isStaleStatement, sqlState } from './sql-state.js';
import type { Statement } from './statement.js';
import { isDatabaseUnavailable } from './unavailable.js';

export { statement, type Statement } from './statement.js';

/** A transaction that is going on. */
export interface Transaction {
  /** TypeORM inside this transaction. */
  readonly manager: EntityManager;
  /** Runs a prepared statement inside this transaction. */
  query<T>(statement: Statement, values: unknown[]): Promise<T[]>;
  /** Has something done once the transaction is committed: events, cache entries. Never after a rollback. */
  afterCommit(work: () => void): void;
}

const ATTEMPTS = 3;

/**
 * PostgreSQL for repositories.
 *
 * @example
 * const FIND = statement('client.find', 'SELECT client_id, metadata FROM clients WHERE client_id = $1');
 * const [row] = await database.query<ClientRow>(FIND, [clientId]);
 */
@Injectable()
export class Database {
  private readonly logger = new Logger(Database.name);

  constructor(readonly dataSource: DataSource) {}

  /** Runs a prepared statement on any connection. */
  async query<T>(statement: Statement, values: unknown[]): Promise<T[]> {
    const client = await this.pool.connect();
    let failure: unknown;
    // Without a listener a connection that breaks now would end the process; the query fails anyway.
    client.on('error', ignore);
    try {
      return await run<T>(client, statement, values);
    } catch (error) {
      failure = error;
      if (!isStaleStatement(error)) throw error;
    } finally {
      client.off('error', ignore);
      client.release(isUnusable(failure));
    }
    return (await this.pool.query<QueryResultRow>(statement.text, values)).rows as T[];
  }

  /**
   * Commits what `work` does as a whole, or nothing of it. `work` is done again from the beginning when PostgreSQL breaks
   * a deadlock at its expense or a migration has changed what is prepared: whatever it does outside the transaction
   * belongs into `afterCommit`.
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const afterCommit: Array<() => void> = [];
      try {
        const result = await this.attempt(work, afterCommit, attempt === 1);
        for (const callback of afterCommit) this.callAfterCommit(callback);
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS || !(isLostRace(error) || isStaleStatement(error))) throw error;
      }
    }
  }

  /**
   * Runs `work` while no other instance runs work under the same number; waits for its turn.
   * @param lock any number that nobody else uses for an advisory lock in this database
   */
  exclusively<T>(lock: number, work: () => Promise<T>): Promise<T> {
    return exclusively(connectionOf(this.dataSource), lock, work);
  }

  private async attempt<T>(
    work: (tx: Transaction) => Promise<T>,
    afterCommit: Array<() => void>,
    prepared: boolean,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    client.on('error', ignore);
    let failure: unknown;
    try {
      await runner.startTransaction();
      const result = await work(new RunningTransaction(runner, client, afterCommit, prepared));
      // PostgreSQL answers COMMIT with a rollback when a statement failed and `work` carried on; TypeORM does not look.
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT')
        throw new Error('A statement of the transaction had failed: all of it was rolled back.');
      return result;
    } catch (error) {
      failure = error;
      await rollBack(runner);
      throw error;
    } finally {
      client.off('error', ignore);
      await release(runner, isUnusable(failure));
    }
  }

  private callAfterCommit(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.logger.error(`Work after a commit failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  }

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }
}

class RunningTransaction implements Transaction {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
    private readonly callbacks: Array<() => void>,
    private readonly prepared: boolean,
  ) {}

  get manager(): EntityManager {
    return this.runner.manager;
  }

  query<T>(statement: Statement, values: unknown[]): Promise<T[]> {
    // One at a time: a connection has no queue of its own from pg 9 on.
    const query = (): Promise<T[]> => run<T>(this.client, statement, values, this.prepared);
    const result = this.last.then(query, query);
    this.last = result;
    return result;
  }

  afterCommit(work: () => void): void {
    this.callbacks.push(work);
  }
}

async function run<T>(client: PoolClient, { name, text }: Statement, values: unknown[], prepared = true): Promise<T[]> {
  const query = prepared ? { name, text, values } : { text, values };
  return (await client.query<QueryResultRow>(query)).rows as T[];
}

/** Is the connection of no use any more? One with a stale statement would fail again and again. */
function isUnusable(failure: unknown): boolean {
  if (failure === undefined) return false;
  const state = sqlState(failure);
  if (state === undefined) return isDatabaseUnavailable(failure);
  return isStaleStatement(failure) || /^(08|57P|25P03|25006)/.test(state);
}

async function rollBack(runner: QueryRunner): Promise<void> {
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
  } catch {
    // The connection is gone, and with it the transaction; the first error is the one to report.
  }
}

async function release(runner: QueryRunner, unusable: boolean): Promise<void> {
  // Protected, but the only way to have a connection closed instead of used again.
  const owner = runner as QueryRunner & { releasePostgresConnection(error?: Error): Promise<void> };
  await owner.releasePostgresConnection(unusable ? new Error('connection no longer usable') : undefined);
}

function ignore(): void {}
