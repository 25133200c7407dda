// notes.e2e-spec.ts – tests of an application whose guards are the real ones
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createTestServer, ResourceServerTestingModule, signTestToken } from 'nest-authorization-server/testing';
import { NotesController } from './notes.module.js';

let app: INestApplication;

beforeAll(async () => {
  const module = await Test.createTestingModule({
    imports: [ResourceServerTestingModule.forRoot()],
    controllers: [NotesController],
  }).compile();
  app = module.createNestApplication(new FastifyAdapter());
  await app.listen(0);
});
afterAll(() => app.close());

it.each([
  ['a token with the scope', 200, { scope: 'notes:read' }],
  ['a token of another scope', 403, { scope: 'notes:write' }],
  ['a token that has expired', 401, { scope: 'notes:read', expiresIn: -1 }],
  ['a token for somebody else', 401, { scope: 'notes:read', audience: 'https://else.example' }],
])('answers %s by %i', async (_title, status, options) => {
  const headers = { authorization: `Bearer ${signTestToken(options)}` };
  const response = await fetch(`${await app.getUrl()}/notes`, { headers });
  expect(response.status).toBe(status);
});

it('signs a user in at a server of its own', async () => {
  const scopes = [{ name: 'notes:read', description: 'Read your notes' }];
  const server = await createTestServer({ bootstrap: { scopes } });
  const user = await server.aUser({ username: 'alice' }).create();
  const client = await server.aClient().public().scope('openid', 'notes:read').create();
  const { tokens, browser } = await server.signIn(user, { client });
  expect(tokens.scope).toBe('openid notes:read');
  const page = await browser.fetch('/account');
  expect(await page.text()).toContain('alice');
  await server.close();
});
