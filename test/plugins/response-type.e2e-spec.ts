// A response type of a host application, in one file: a code, and beside it the name of who allowed it.
// @see OAuth 2.0 Multiple Response Types §2 https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html
import { type AuthorizationGrant, AuthorizationResponses, ResponseType, UsersService } from 'nest-authorization-server';
import { ask } from '../support/authorization-request.js';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, redeem, signIn } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';
import { openidConfiguration } from '../support/openid.js';

@ResponseType('code username')
class CodeUsernameResponseType implements ResponseType {
  readonly defaultResponseMode = 'fragment';
  readonly grantTypes = ['authorization_code'];

  constructor(
    private readonly responses: AuthorizationResponses,
    private readonly users: UsersService,
  ) {}

  async authorize(authorization: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    const answer = await this.responses.create(authorization, ['code']);
    const user = answer && (await this.users.find(authorization.grant.userId as string));
    return user && { ...answer, username: user.username };
  }
}

@ResponseType('none', { replaces: true })
class VerboseNoneResponseType implements ResponseType {
  readonly defaultResponseMode = 'query';
  readonly grantTypes = [];

  authorize(): Promise<Record<string, string>> {
    return Promise.resolve({ nothing: 'at all' });
  }
}

it('answers clients that are registered for it (§2)', async () => {
  const server = await startInProcess({}, [CodeUsernameResponseType]);
  const client = await createClient(server, { response_types: ['code username'] });
  const redirectUri = client.redirect_uris[0];
  const request = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'username code',
    scope: 'read',
  };
  const flow = await authorize(server, request, await signIn(server));
  expect(flow.location).toContain('#');
  expect(flow.params.username).toBe('alice');
  expect((await redeem(server, client, { ...flow, redirectUri })).scope).toBe('read');
  expect(await ask(server, { client_id: CLIENTS.trusted.client_id, response_type: 'code username' })).toMatchObject({
    params: { error: 'unauthorized_client' },
  });
  expect((await openidConfiguration(server)).response_types_supported).toContain('code username');
});

it('takes the place of a built-in one when it says so', async () => {
  const server = await startInProcess({}, [VerboseNoneResponseType]);
  const client = await createClient(server, { response_types: ['code', 'none'] });
  const request = {
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    response_type: 'none',
    scope: 'read',
  };
  expect(await ask(server, request, { jar: await signIn(server) })).toMatchObject({ params: { nothing: 'at all' } });
});
