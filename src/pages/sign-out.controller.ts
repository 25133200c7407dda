// Signing out, after a question: a link on somebody's page must not be enough.
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PageResponder } from './page-responder.js';

@Controller('oauth/logout')
export class SignOutController {
  constructor(
    private readonly pages: PageResponder,
    private readonly sessions: SessionsService,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    if (!context.user) return this.pages.render(context, 'signed-out', {});
    this.pages.render(context, 'sign-out', {
      action: `${this.options.basePath}/oauth/logout`,
      csrfToken: context.csrfToken,
      username: context.user.username,
    });
  }

  @Post()
  async signOut(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    // It was done before, e.g. in another tab.
    if (!context.session) return this.pages.render(context, 'signed-out', {});
    const decision = this.pages.form(context).get('decision');
    if (decision !== 'confirm') return this.pages.seeOther(context, '/');
    await this.sessions.end(context.session, reply);
    this.pages.render(context, 'signed-out', {});
  }
}
