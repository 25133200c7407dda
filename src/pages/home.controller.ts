// Home, and the files of the pages.
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { OAuthError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { clientFace } from '../clients/client-face.js';
import { mayCreateClients } from './client-creation.js';
import { PageAssets } from './page-assets.js';
import { PageResponder, type SignedInContext } from './page-responder.js';

const MAX_CLIENTS = 100;
const A_YEAR = 'public, max-age=31536000, immutable';
const AN_HOUR = 'public, max-age=3600';

@Controller()
export class HomeController {
  constructor(
    private readonly pages: PageResponder,
    private readonly clients: ClientsService,
    private readonly assets: PageAssets,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async home(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const { user } = context;
    if (!user) return this.pages.render(context, 'welcome', { signUp: this.options.signUp });
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

  @Get('assets/:file')
  asset(@Param('file') file: string, @Req() request: HttpRequest, @Res() reply: HttpReply): void {
    const asset = this.assets.find(file);
    if (!asset) throw new OAuthError('not_found', 404, 'There is no such file.');
    const versioned = request.url.endsWith(`?v=${asset.version}`);
    reply
      .header('content-type', asset.contentType)
      .header('cache-control', versioned ? A_YEAR : AN_HOUR)
      .status(200)
      .send(asset.body);
  }
}
