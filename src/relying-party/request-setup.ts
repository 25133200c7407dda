// What sessions need of an application beside themselves, arranged before its routes are: every request knows where its
// session is, and the call chain knows the request.
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { runWithRequest } from './current-request.js';
import { attachSessions, RemoteSessions } from './remote-sessions.js';

type Hook = (request: object, reply: object, done: () => void) => void;

@Injectable()
export class RequestSetup {
  constructor({ httpAdapter: adapter }: HttpAdapterHost, sessions: RemoteSessions) {
    const hook: Hook = (request, _reply, done) => {
      attachSessions(request, sessions);
      if (sessions.callChain) runWithRequest(request, done);
      else done();
    };
    const type = adapter?.getType();
    if (type === 'fastify')
      adapter.getInstance<{ addHook(name: string, hook: Hook): void }>().addHook('onRequest', hook);
    else if (type === 'express') adapter.use(hook);
  }
}
