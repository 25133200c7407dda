// The log: JSON lines in production, readable in development; Nest's own messages go the same way.
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as PinoLogger } from 'pino';

/** Members that never show, wherever somebody puts them. */
const REDACTED = [
  'password', 'client_secret', 'code', 'code_verifier', 'access_token', 'refresh_token', 'id_token', 'token', 'authorization', 'cookie',
].flatMap((name) => [name, `*.${name}`]); // prettier-ignore

/** In production a slow reader of the log holds nothing up; elsewhere it is written at once, in its order with what is printed for people. */
export async function createLogger(settings: { level: string; production: boolean }): Promise<PinoLogger> {
  const options = { level: settings.level, redact: { paths: REDACTED, censor: '[redacted]' } };
  if (settings.production) return pino(options);
  const { default: pretty } = await import('pino-pretty');
  const readable = pretty({
    sync: true,
    ignore: 'pid,hostname,context',
    translateTime: 'HH:MM:ss',
    messageFormat: '{if context}{context}: {end}{msg}',
  });
  return pino(options, readable);
}

/** Nest's logger on pino; its start-up chatter is for debugging. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: PinoLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const chatter =
      typeof context === 'string' &&
      ['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'].includes(context);
    this.write(chatter ? 'debug' : 'info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Called as `log(message, context)` or `log(fields, message, context)`. */
  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.at(-1);
    const fields = typeof message === 'object' && message !== null ? message : {};
    const text = typeof message === 'string' ? message : typeof rest[0] === 'string' && rest.length > 1 ? rest[0] : '';
    this.logger[level]({ ...fields, context }, text);
  }
}
