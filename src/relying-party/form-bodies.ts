// Callbacks of form_post need the body of a form: on a Fastify where nobody parses those, its bytes are kept.
// Express lets a request through whose body nobody has read.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

const FORM = 'application/x-www-form-urlencoded';
/** Bytes of a form; an answer with an ID token has a few thousand. */
const MAX_BYTES = 256 * 1024;

/** The part of a Fastify instance that is used here. */
interface ContentTypes {
  hasContentTypeParser?(type: string): boolean;
  addContentTypeParser?(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void,
  ): void;
}

@Injectable()
export class FormBodies implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const instance = this.host.httpAdapter?.getInstance<ContentTypes>();
    if (!instance?.hasContentTypeParser || instance.hasContentTypeParser(FORM)) return;
    instance.addContentTypeParser?.(FORM, { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, done) =>
      done(null, body),
    );
  }
}
