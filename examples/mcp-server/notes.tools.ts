// What the MCP server can do, and the scope that each tool asks for. The notes belong to whoever the token is of.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { Injectable } from '@nestjs/common';
import { currentToken } from 'nest-authorization-server/resource-server';

interface NotesTool {
  scope: string;
  definition: Tool;
  /** @returns the text of the answer */
  run(notes: string[], input: Record<string, unknown>): string;
}

const TOOLS: readonly NotesTool[] = [
  {
    scope: 'notes:read',
    definition: { name: 'list_notes', description: 'All notes', inputSchema: { type: 'object' } },
    run: (notes) => notes.join('\n'),
  },
  {
    scope: 'notes:read notes:write',
    definition: {
      name: 'add_note',
      description: 'Writes a note',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    },
    run: (notes, { text }) => `There are ${notes.push(String(text))} notes.`,
  },
];

@Injectable()
export class NotesTools {
  private readonly notes = new Map<string, string[]>();

  /** The scopes that the messages of a request need beside what the endpoint asks for. */
  scopesFor(body: unknown): string[] {
    return [body].flat().flatMap((message) => {
      const call = CallToolRequestSchema.safeParse(message);
      return call.success ? (toolNamed(call.data.params.name)?.scope ?? []) : [];
    });
  }

  server(): McpServer {
    const mcp = new McpServer({ name: 'notes', version: '1.0.0' }, { capabilities: { tools: {} } });
    mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map(({ definition }) => definition) }));
    mcp.server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
      const tool = toolNamed(params.name);
      if (!tool) return { content: [{ type: 'text', text: 'There is no such tool.' }], isError: true };
      return { content: [{ type: 'text', text: tool.run(this.ownNotes(), params.arguments ?? {}) }] };
    });
    return mcp;
  }

  private ownNotes(): string[] {
    const owner = currentToken()!.subject;
    const notes = this.notes.get(owner) ?? [];
    this.notes.set(owner, notes);
    return notes;
  }
}

function toolNamed(name: string): NotesTool | undefined {
  return TOOLS.find(({ definition }) => definition.name === name);
}
