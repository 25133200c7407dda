// The files of the pages: stylesheets, scripts, icons.
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { OAuthError } from '../common/oauth-error.js';
import { PageAssets } from './page-assets.js';

const A_YEAR = 'public, max-age=31536000, immutable';
const AN_HOUR = 'public, max-age=3600';

@Controller('assets')
export class AssetsController {
  constructor(private readonly assets: PageAssets) {}

  @Get(':file')
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
