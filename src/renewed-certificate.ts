// Takes a renewed certificate from its files without a restart: on SIGHUP, and by itself within a minute.
import type { Server } from 'node:https';
import type { Logger as PinoLogger } from 'pino';
import { readTls, type TlsCredentials, type TlsFiles } from './config/tls.js';

/** Milliseconds. */
const LOOK_EVERY = 60_000;

/** Connections that are open keep the certificate that they began with. */
export function watchCertificate(server: Server, files: TlsFiles, used: TlsCredentials, logger: PinoLogger): void {
  let current = used;
  let told = '';
  const look = (): void => {
    const faults: string[] = [];
    const found = readTls(files, faults);
    // Whoever renews writes one file after the other: the next look finds both.
    const problem = faults.join(' ');
    if (problem && problem !== told) logger.warn(`The certificate in use stays: ${problem}`);
    told = problem;
    if (!found || (found.cert === current.cert && found.key === current.key)) return;
    server.setSecureContext({ ...found });
    current = found;
    logger.info('Serving with the renewed certificate.');
  };
  const timer = setInterval(look, LOOK_EVERY).unref();
  process.on('SIGHUP', look);
  server.once('close', () => {
    clearInterval(timer);
    process.off('SIGHUP', look);
  });
}
