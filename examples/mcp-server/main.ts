// An MCP server whose clients find their way from a 401 alone: `npm run example -- mcp-server`.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthorizationModule } from './authorization.module.js';
import { McpModule } from './mcp.module.js';

const port = Number(process.env.PORT ?? 3005);
const resource = `http://localhost:${port}/mcp`;
const logger = ['warn', 'error'] as const;

// Somebody else's as a rule: ISSUER says which. Without it one is started beside the MCP server.
const own = process.env.ISSUER ? undefined : `http://localhost:${port + 1}`;
const issuer = process.env.ISSUER ?? own!;
const server = own
  ? await NestFactory.create(AuthorizationModule.at(own, resource), new FastifyAdapter(), { logger: [...logger] })
  : undefined;
await server?.listen(new URL(issuer).port);

const app = await NestFactory.create(McpModule.of({ issuer, resource }), new FastifyAdapter(), { logger: [...logger] });
await app.listen(port);
console.log(`
The MCP server is ready at ${resource}; it accepts tokens of ${issuer}.

  Connect an MCP client to it and sign in as ada with the password "difference engine".

  curl -si -X POST ${resource}      # 401, and where to ask
  curl -s http://localhost:${port}/.well-known/oauth-protected-resource/mcp
`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void Promise.all([app.close(), server?.close()]).then(() => process.exit(0)));
}
