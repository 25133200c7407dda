// A way to the database that can be cut, for tests in which it goes away while the cluster serves the other specs.
import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { onClose } from './cleanup.js';
import { createDatabase } from './database.js';

/**
 * A database of the spec's own behind a TCP proxy.
 * @example
 * const proxy = await databaseProxy();
 * const server = await startServer({ database: proxy.database, env: { DATABASE_URL: proxy.url } });
 * await proxy.cut();
 */
export interface DatabaseProxy {
  /** Connection string that leads through the proxy. */
  url: string;
  /** Connection string that does not. */
  database: string;
  /** Ends every connection and takes no new ones. */
  cut(): Promise<void>;
  /** Takes connections again. */
  restore(): Promise<void>;
}

export async function databaseProxy(): Promise<DatabaseProxy> {
  const database = await createDatabase();
  const { host, port, user = '', password, database: name } = new pg.Client({ connectionString: database });
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const sockets = new Set<Socket>();
  let listener: Server | undefined;
  let ownPort = 0;

  const restore = async (): Promise<void> => {
    listener = createServer((incoming) => {
      const outgoing = connect(target);
      for (const [from, to] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ]) {
        sockets.add(from);
        from.pipe(to);
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    await new Promise<void>((done) => listener!.listen(ownPort, '127.0.0.1', done));
    ownPort = (listener.address() as { port: number }).port;
  };
  const cut = async (): Promise<void> => {
    const closed = new Promise((done) => listener!.close(done));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await restore();
  onClose(() => cut().catch(() => undefined));
  const credentials = encodeURIComponent(user) + (password ? `:${encodeURIComponent(password)}` : '');
  return { url: `postgres://${credentials}@127.0.0.1:${ownPort}/${name}`, database, cut, restore };
}
