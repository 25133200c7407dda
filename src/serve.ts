// Starts the stand-alone server from its settings, and stops it.
import type { Server } from 'node:https';
import { resolve, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger as PinoLogger } from 'pino';
import { Bootstrap, type BootstrapNews } from './bootstrap/bootstrap.service.js';
import { generatedSecret, welcome } from './bootstrap/welcome.js';
import { ConfigurationError, type Settings } from './config/env.js';
import { ServerOptions } from './config/options.js';
import { developmentSecretKeys } from './config/secrets.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './database/embedded-postgres.js';
import type { Configuration } from './configuration.js';
import { createApplication } from './http-server.js';
import { createLogger } from './logging.js';
import { watchCertificate } from './renewed-certificate.js';
import { KeyStore } from './tokens/keys/key-store.js';
import { prepareKeys } from './tokens/keys/prepare-keys.js';

/** Milliseconds that requests get to finish. */
const GRACE = 10_000;
/** Milliseconds between looks at connections that nobody needs any more, while it stops. */
const IDLE_CHECK = 50;

export async function serve({ settings, bootstrap, tls }: Configuration): Promise<NestFastifyApplication> {
  const logger = await createLogger({ level: settings.logLevel, production: settings.production });
  const embedded = settings.databaseUrl === undefined ? await startEmbedded(settings, logger) : undefined;
  const options = ServerOptions.from({
    ...settings.options,
    databaseUrl: settings.databaseUrl ?? (embedded as EmbeddedPostgres).url,
    secretKeys: settings.secretKeys ?? developmentSecretKeys(settings.dataDir),
  });
  const app = await createApplication({ options, logger, trustProxy: settings.trustProxy, tls, embedded });
  stopOnSignal(app, logger);
  const news: BootstrapNews = { firstStart: false, clientSecrets: [] };
  try {
    await app.init();
    await prepareKeys(app.get(KeyStore), options, (fault) => logger.warn(fault));
    await app.get(Bootstrap).apply(bootstrap, news);
    await listen(app, settings);
    if (settings.tls && tls) watchCertificate(app.getHttpServer() as Server, settings.tls, tls, logger);
    logger.info(`Ready on ${options.issuer}`);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  } finally {
    tell(news, options);
  }
  return app;
}

/** On standard output itself: what is shown once has no place in a log. Also when the start failed after all. */
function tell(news: BootstrapNews, options: ServerOptions): void {
  for (const secret of news.clientSecrets) process.stdout.write(generatedSecret(secret));
  if (news.firstStart) process.stdout.write(welcome(news, (path) => options.url(path)));
}

async function startEmbedded(settings: Settings, logger: PinoLogger): Promise<EmbeddedPostgres> {
  const embedded = await startEmbeddedPostgres({
    dataDir: join(resolve(settings.dataDir), 'postgres'),
    onProgress: (step) => logger.info(`Database: ${step} …`),
    onProblem: (error) => logger.error(`The embedded database: ${error.message}`),
  });
  if (!embedded.started) logger.info('Database: shared with another process, which runs it in the same DATA_DIR.');
  return embedded;
}

/** What keeps a server from listening, in words. */
const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'PORT is in use: is the server running already? Stop it, or set another PORT',
  EACCES: 'PORT needs rights that this user does not have: set one above 1023',
  EADDRNOTAVAIL: 'HOST is not an address of this machine',
  ENOTFOUND: 'HOST is not an address or a name that this machine knows',
};

async function listen(app: NestFastifyApplication, { port, host }: Settings): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw code in LISTEN_FAULTS ? new ConfigurationError([`${LISTEN_FAULTS[code]} (${code}).`]) : error;
  }
}

/** SIGTERM and SIGINT: stop accepting, finish what is running, close the database, exit with 0. */
function stopOnSignal(app: NestFastifyApplication, logger: PinoLogger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info(`Stopping (${signal}) …`);
    setTimeout(() => {
      logger.warn(`After ${GRACE / 1000} s something was still running: it was cut off.`);
      process.exit(0);
    }, GRACE).unref();
    // At once: Nest closes the listener only after whatever works in the background has come to its end, and tells of faults.
    const closed: PromiseLike<unknown> = app.getHttpAdapter().getInstance().close();
    void closed.then(undefined, () => undefined);
    // A connection whose last answer has been given would be kept open for more.
    setInterval(() => app.getHttpServer().closeIdleConnections(), IDLE_CHECK).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'The stop failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
}
