// The MCP server: whose tokens it accepts, and which resource it is.
import { type DynamicModule, Module } from '@nestjs/common';
import { ResourceServerModule } from 'nest-authorization-server/resource-server';
import { McpController } from './mcp.controller.js';
import { NotesTools } from './notes.tools.js';

@Module({})
export class McpModule {
  static of({ issuer, resource }: { issuer: string; resource: string }): DynamicModule {
    return {
      module: McpModule,
      imports: [ResourceServerModule.forRoot({ issuer, resource: { identifier: resource, name: 'Notes' } })],
      controllers: [McpController],
      providers: [NotesTools],
    };
  }
}
