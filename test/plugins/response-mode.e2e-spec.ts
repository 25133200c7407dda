// A response mode of a host application, in one file: the answer as a message to the page that opened the window.
// @see OAuth 2.0 Multiple Response Types §2.1 https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html
import { NO_STORE, type OAuthResponse, ResponseMode, seeOther } from 'nest-authorization-server';
import { CLIENTS } from '../support/fixtures.js';
import { ask } from '../support/authorization-request.js';
import { signIn } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';
import { openidConfiguration } from '../support/openid.js';

@ResponseMode('web_message')
class WebMessageResponseMode implements ResponseMode {
  respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse {
    const message = JSON.stringify({ origin: new URL(redirectUri).origin, parameters });
    return { status: 200, headers: { ...NO_STORE, 'content-type': 'application/json' }, body: message };
  }
}

@ResponseMode('query', { replaces: true })
class ShortQueryResponseMode implements ResponseMode {
  respond(redirectUri: string, { code, error }: Record<string, string>): OAuthResponse {
    return seeOther(`${redirectUri}?answer=${code === undefined ? error : 'code'}`);
  }
}

const { trusted } = CLIENTS;
const request = { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0], scope: 'read' };

it('carries answers and errors to clients that ask for it (§2.1)', async () => {
  const server = await startInProcess({}, [WebMessageResponseMode]);
  const jar = await signIn(server);
  const { html } = await ask(server, { ...request, response_mode: 'web_message' }, { jar });
  expect(JSON.parse(html)).toEqual({
    origin: 'https://trusted.example',
    parameters: { code: expect.any(String), state: 'a state', iss: server.issuer },
  });
  const refused = await ask(server, { ...request, response_mode: 'web_message', scope: 'unknown' }, { jar });
  expect(JSON.parse(refused.html)).toMatchObject({ parameters: { error: 'invalid_scope', state: 'a state' } });
  expect((await openidConfiguration(server)).response_modes_supported).toContain('web_message');
});

it('is unknown where nobody provides it (§2.1)', async () => {
  const server = await startInProcess();
  expect(await ask(server, { ...request, response_mode: 'web_message' })).toMatchObject({
    params: { error: 'invalid_request' },
  });
});

it('takes the place of a built-in one when it says so', async () => {
  const server = await startInProcess({}, [ShortQueryResponseMode]);
  const answer = await ask(server, request, { jar: await signIn(server) });
  expect(answer).toMatchObject({ location: 'https://trusted.example/callback?answer=code' });
});
