// The server inside a host application: everything that it does stand-alone, whatever the host has for all its routes.
import { CLIENTS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, redeem } from '../support/flow.js';
import { type Host, PLATFORMS, startHost } from './host.js';

describe.each(PLATFORMS)('inside a host application on %s', (platform) => {
  describe.each([
    ['at the root', ''],
    ['below a path', '/auth'],
  ])('with the issuer %s', (_title, issuerPath) => {
    let host: Host;
    beforeAll(async () => {
      host = await startHost({ platform, server: { issuerPath } });
    });

    it('signs people in, asks them and gives the client its tokens', async () => {
      const authorization = await authorize(host, { client_id: 'web', scope: 'openid read' });
      expect(authorization.pages).toEqual(['sign-in', 'consent']);
      const tokens = await redeem(host, CLIENTS.web, authorization);
      expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'openid read', id_token: expect.any(String) });
      const userinfo = await fetch(`${host.issuer}/oauth/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(userinfo.status).toBe(200);
      expect(await introspect(host, tokens.access_token)).toMatchObject({ active: true, client_id: 'web' });
    });

    it('answers a client for itself', async () => {
      expect(await clientCredentials(host, CLIENTS.machine)).toMatchObject({ token_type: 'Bearer' });
    });
  });
});
