// Listeners of events in a host application, in one file: nothing but the public name of the package.
import { Injectable } from '@nestjs/common';
import { type OAuthEventName, type OAuthEvents, OnOAuthEvent } from 'nest-authorization-server';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, obtainTokens, revoke, signIn, tokenRequest } from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';

@Injectable()
class Journal {
  readonly issued: OAuthEvents['token.issued'][] = [];
  readonly people: [OAuthEventName, string?][] = [];
  readonly revoked: OAuthEvents['token.revoked'][] = [];

  @OnOAuthEvent('token.issued')
  tokenIssued(payload: OAuthEvents['token.issued']): void {
    this.issued.push(payload);
  }

  @OnOAuthEvent('user.signed_in', 'consent.granted')
  async person({ userId }: { userId: string }, name: OAuthEventName): Promise<void> {
    await Promise.resolve();
    this.people.push([name, userId]);
  }

  @OnOAuthEvent('token.revoked')
  tokenRevoked(payload: OAuthEvents['token.revoked']): void {
    this.revoked.push(payload);
  }
}

@Injectable()
class Broken {
  @OnOAuthEvent('token.issued')
  now(): void {
    throw new Error('This listener always fails.');
  }

  @OnOAuthEvent('token.issued')
  later(): Promise<void> {
    return Promise.reject(new Error('This one fails later.'));
  }
}

const { machine, trusted, web } = CLIENTS;
let server: InProcessServer;
let journal: Journal;

beforeAll(async () => {
  server = await startInProcess({}, [Broken, Journal]);
  journal = server.app.get(Journal);
}, 60_000);

beforeEach(() => {
  for (const list of [journal.issued, journal.people, journal.revoked]) list.length = 0;
});

it('hear of a token when it has been issued, whatever becomes of other listeners', async () => {
  const { access_token } = await clientCredentials(server, machine, { scope: 'read' });
  expect(journal.issued).toEqual([
    { clientId: 'machine', grantId: expect.any(String), grantType: 'client_credentials', scope: 'read' },
  ]);
  expect((await introspect(server, access_token)).active).toBe(true);
});

it('hear of nothing where a request was refused', async () => {
  expect((await tokenRequest(server, machine, { grant_type: 'client_credentials', scope: 'unknown' })).status).toBe(
    400,
  );
  expect(journal.issued).toEqual([]);
});

it('hear of several events in one method, each by its name', async () => {
  const tokens = await obtainTokens(server, web, { scope: 'read' }, await signIn(server));
  const { sub } = await introspect(server, tokens.access_token);
  expect(journal.people).toEqual([
    ['user.signed_in', sub],
    ['consent.granted', sub],
  ]);
  expect(journal.issued).toMatchObject([{ clientId: 'web', userId: sub, grantType: 'authorization_code' }]);
});

it('hear of a revocation, with its reason', async () => {
  const tokens = await obtainTokens(server, trusted, { scope: 'read' }, await signIn(server));
  await revoke(server, trusted, tokens.refresh_token ?? '');
  expect(journal.revoked).toMatchObject([{ clientId: 'trusted', reason: 'client_request' }]);
});
