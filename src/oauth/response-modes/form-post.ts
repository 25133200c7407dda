// The response as a form that the browser posts to the redirect URI; a button does it where there is no script.
// @see OAuth 2.0 Form Post Response Mode §2 https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
import { escapeHtml } from '../../common/html.js';
import { NO_STORE, type OAuthResponse } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { ResponseMode } from './response-mode.js';

/** The answer as a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
@ResponseMode('form_post')
export class FormPostResponseMode implements ResponseMode {
  constructor(private readonly options: ServerOptions) {}

  respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse {
    const assets = `${this.options.basePath}/assets`;
    const inputs = Object.entries(parameters).map(
      ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    );
    return {
      status: 200,
      headers: {
        ...NO_STORE,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        'referrer-policy': 'no-referrer',
      },
      body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Continue</title><link rel="stylesheet" href="${assets}/style.css"></head><body><main class="card">
<form id="form-post" method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}
<p>You go back to the application.</p><button type="submit" class="button primary">Continue</button></form></main>
<script src="${assets}/form-post.js"></script></body></html>`,
    };
  }
}
