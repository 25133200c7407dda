// The endpoint of the streamable HTTP transport, guarded; it keeps no session, so each request has a server of its own.
// @see https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { Controller, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ResourceProtector, ResourceServer } from 'nest-authorization-server/resource-server';
import { NotesTools } from './notes.tools.js';

/** Clients are told of the first alternative and ask for both scopes; one that got less may still read. */
@Controller('mcp')
@ResourceProtector(['notes:read notes:write', 'notes:read'])
export class McpController {
  constructor(
    private readonly tools: NotesTools,
    private readonly resourceServer: ResourceServer,
  ) {}

  @Post()
  async answer(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // Before MCP answers: the client needs the status 403 and its challenge to ask the user for more.
    for (const scope of this.tools.scopesFor(request.body)) this.resourceServer.acquire(scope);
    const server = this.tools.server();
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
    reply.hijack();
    reply.raw.once('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request.raw, reply.raw, request.body);
  }

  /** There is no stream to listen to, which clients ask for with GET. */
  @Get()
  @HttpCode(405)
  @Header('Allow', 'POST')
  listen(): void {
    return undefined;
  }
}
