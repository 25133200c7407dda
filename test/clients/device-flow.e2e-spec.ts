// The device flow of an application that uses oauth4webapi, its user in a browser.
// @see RFC 8628 §3 https://www.rfc-editor.org/rfc/rfc8628#section-3
import * as oauth from 'oauth4webapi';
import { browser, describeInBrowser } from '../support/browser.js';
import { USERS } from '../support/fixtures.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const HTTP = { [oauth.allowInsecureRequests]: true };

describeInBrowser('oauth4webapi', () => {
  it('gets an ID token for what its user allows at the device page', async () => {
    const issuer = new URL(server.issuer);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, HTTP));
    const client = { client_id: 'tv' };
    const begun = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope: 'openid profile' }, HTTP);
    const device = await oauth.processDeviceAuthorizationResponse(as, client, begun);
    const poll = (): Promise<Response> =>
      oauth.deviceCodeGrantRequest(as, client, oauth.None(), device.device_code, HTTP);
    await expect(
      poll().then((response) => oauth.processDeviceCodeResponse(as, client, response)),
    ).rejects.toMatchObject({ error: 'authorization_pending' });

    const page = await (await browser()).newPage();
    await page.goto(device.verification_uri_complete!);
    await page.fill('#username', USERS.alice.username);
    await page.fill('#password', USERS.alice.password);
    await page.click('#sign-in-submit');
    expect(await page.inputValue('#user_code')).toBe(device.user_code);
    await page.click('#device-submit');
    expect(await page.textContent('#device-user-code')).toBe(device.user_code);
    await page.click('#consent-allow');
    await page.waitForSelector('#device-allowed');

    const tokens = await oauth.processDeviceCodeResponse(as, client, await poll());
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ iss: server.issuer, aud: 'tv' });
  });
});
