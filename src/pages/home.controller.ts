// Home: who is signed in sees the own clients.
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import { UsersService } from '../users/users.service.js';
import { clientFace } from '../clients/client-face.js';
import { mayCreateClients } from './client-creation.js';
import { PageResponder, type SignedInContext } from './page-responder.js';

const MAX_CLIENTS = 100;

@Page('home')
@Controller()
export class HomeController {
  constructor(
    private readonly pages: PageResponder,
    private readonly clients: ClientsService,
    private readonly users: UsersService,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async home(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const { user } = context;
    if (!user) return this.pages.render(context, 'welcome', { signUp: this.users.allowsSignUp });
    const own = (await this.clients.list({ ownerId: user.id, limit: MAX_CLIENTS })).map((client) => ({
      clientId: client.id,
      ...clientFace(client, context.language),
    }));
    this.pages.render(
      context,
      'home',
      {
        ...this.pages.signedInView(context as SignedInContext),
        clients: own,
        canCreateClients: mayCreateClients(user, this.options),
      },
      { imgSources: own.map(({ logoUri }) => logoUri) },
    );
  }
}
