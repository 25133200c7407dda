// An authorization response that is a page of its own, for a browser whose user has decided elsewhere than on our pages.
// @see OAuth 2.0 Form Post Response Mode §2 https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
import { Controller, Get, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, sendResponse, toOAuthRequest } from '../../common/http.js';
import { parseForm } from '../../common/parameters.js';
import { Browser } from '../../sessions/browser.js';
import { InteractionError } from '../interactions/interaction-error.js';
import { RESPONSE_PATH } from '../interactions/interactions.js';
import { InteractionsService } from '../interactions/interactions.service.js';

@Controller(RESPONSE_PATH)
export class AuthorizationResponseController {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly browser: Browser,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const sealed = parseForm(toOAuthRequest(request).query).require('answer');
    const response = await this.interactions.openResponse(sealed, this.browser.find(request));
    if (!response) throw new InteractionError('The answer has expired. Go back to the application and start again.');
    sendResponse(reply, response);
  }
}
