// Bodies that were read before the application was asked: by parsers on an Express that the host has made itself, or by a platform.
import { Readable } from 'node:stream';
import type { preParsingHookHandler } from 'fastify';

/** Takes the bytes that were kept beside it. What was parsed is not enough: a parameter sent twice would not be seen. */
export const takeReadBody: preParsingHookHandler = (request, _reply, payload, done) => {
  const { raw } = request;
  if (!raw.readableEnded) return done(null, payload);
  const { rawBody } = raw as { rawBody?: unknown };
  if (Buffer.isBuffer(rawBody)) return done(null, Readable.from([rawBody]));
  if (raw.headers['content-length'] === '0') return done(null, Readable.from([]));
  done(
    new Error(
      'The body was read before it got here. Mount body parsers after the application, or keep the bytes as `request.rawBody`.',
    ),
  );
};
