// The documentation of the JSON APIs: for people at /api/docs, for programs at /api/docs-json.
// @see OpenAPI 3.1 https://spec.openapis.org/oas/v3.1.1
import { Controller, Get, Req, Res } from '@nestjs/common';
import { Documented } from '../api/openapi/api-docs.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { Page } from '../config/page.js';
import { ApiDocumentation } from './api-documentation.js';
import { ENGLISH } from './languages.js';
import { PageResponder } from './page-responder.js';

@Documented(async () => (await import('./api-docs.docs.js')).API_DOCS_DOCS)
@Page('apiDocs')
@Controller('api')
export class ApiDocsController {
  constructor(
    private readonly documentation: ApiDocumentation,
    private readonly pages: PageResponder,
  ) {}

  @Get('docs')
  async page(@Res() reply: HttpReply): Promise<void> {
    const { document } = await this.documentation.get();
    const { apiDocsView } = await import('./api-docs-view.js');
    this.pages.render({ reply, language: ENGLISH }, 'api-docs', apiDocsView(document));
  }

  /** Anybody's page may read it: there is nothing secret in it, and tools in browsers want it. */
  @Get('docs-json')
  async document(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { json, etag } = await this.documentation.get();
    reply
      .header('etag', etag)
      .header('cache-control', 'public, max-age=300')
      .header('access-control-allow-origin', '*');
    if (isKnown(request.headers['if-none-match'], etag)) reply.status(304).send('');
    else reply.header('content-type', 'application/json; charset=utf-8').status(200).send(json);
  }
}

/** RFC 9110 §13.1.2: compared weakly, for who compresses on the way makes the tag a weak one. */
function isKnown(condition: string | undefined, etag: string): boolean {
  const tags = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
