// A response mode as a plug-in: @ResponseMode('query').
// @see OAuth 2.0 Multiple Response Types §2.1 https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { OAuthResponse } from '../../common/http.js';
import { pluginKind, Registry } from '../../common/plugin.js';

/** How a response gets to the redirect URI: decorate the class with `@ResponseMode(name)`. */
export interface ResponseMode {
  /** Sends the parameters to the redirect URI. */
  respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse | Promise<OAuthResponse>;
}

/** @example \@ResponseMode('jwt') class JwtResponseMode implements ResponseMode {} */
export const ResponseMode = pluginKind('ResponseMode');

@Injectable()
export class ResponseModeRegistry extends Registry<ResponseMode> implements OnModuleInit {
  constructor(discovery: DiscoveryService) {
    super(ResponseMode, discovery);
  }

  onModuleInit(): void {
    this.load();
  }
}
