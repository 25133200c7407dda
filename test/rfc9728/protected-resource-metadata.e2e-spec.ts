// Metadata of protected resources, made of the guards: what they say, where they are, and how a 401 leads there.
// @see RFC 9728 §2, §3, §5.1 https://www.rfc-editor.org/rfc/rfc9728
import { Controller, Get, type INestApplication, VersioningType } from '@nestjs/common';
import { Public, ResourceProtector, type ResourceServerOptions } from 'nest-authorization-server/resource-server';
import { baseOf } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { challengeOf, type Host, ISSUER, startHost, tokenWith } from '../resource-server/host.js';
import { ADAPTERS } from '../resource-server/guarded-app.js';

const NOTES = 'https://api.test/notes';
const FILES = 'https://api.test/files/v2';
const ROOT = 'https://api.test/';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

@Controller({ path: 'notes', version: '1' })
@ResourceProtector('notes:read', { resource: NOTES })
class NotesController {
  @Get()
  list(): string {
    return 'notes';
  }

  @Get('written')
  @ResourceProtector(['notes:write notes:read', 'admin'])
  write(): string {
    return 'written';
  }

  @Get('open')
  @Public()
  open(): string {
    return 'open';
  }
}

@Controller({ path: 'files', version: '1' })
class FilesController {
  @Get()
  @ResourceProtector('files', { resource: FILES })
  list(): string {
    return 'files';
  }

  @Get('none')
  @ResourceProtector('unpublished', { resource: false })
  none(): string {
    return 'none';
  }

  @Get('usual')
  @ResourceProtector('usual')
  usual(): string {
    return 'usual';
  }
}

const controllers = [NotesController, FilesController];
const RESOURCES: ResourceServerOptions = {
  resource: { identifier: ROOT, name: 'The API' },
  resources: [
    {
      identifier: NOTES,
      name: 'Notes',
      documentation: 'https://api.test/docs',
      policy: 'https://api.test/policy',
      termsOfService: 'https://api.test/tos',
    },
    { identifier: FILES, authorizationServers: ['https://other.test'] },
  ],
};

const prefixed = (app: INestApplication): void => {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI });
};

describe.each(ADAPTERS)('on %s, with a prefix and versions', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ adapter, controllers, options: RESOURCES, configure: prefixed });
  });

  it('a document says what the guards of the resource ask for, and who issues its tokens (§2)', async () => {
    const response = await host.ask(`${WELL_KNOWN}/notes`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      resource: NOTES,
      authorization_servers: [ISSUER],
      scopes_supported: ['admin', 'notes:read', 'notes:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      resource_documentation: 'https://api.test/docs',
      resource_policy_uri: 'https://api.test/policy',
      resource_tos_uri: 'https://api.test/tos',
    });
  });

  it('each resource has its own, below the path of its identifier; a slash that ends the host goes (§3.1)', async () => {
    expect(await (await host.ask(`${WELL_KNOWN}/files/v2`)).json()).toEqual({
      resource: FILES,
      authorization_servers: ['https://other.test'],
      scopes_supported: ['files'],
      bearer_methods_supported: ['header'],
    });
    expect(await (await host.ask(WELL_KNOWN)).json()).toMatchObject({ resource: ROOT, scopes_supported: ['usual'] });
    expect((await host.ask(`${WELL_KNOWN}/else`)).status).toBe(404);
  });

  it('is JSON for anyone, from any page, and may be cached (§3.2)', async () => {
    const { headers } = await host.ask(`${WELL_KNOWN}/notes`);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await host.ask(`${WELL_KNOWN}/notes`, '', { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
  });

  it('a 401 leads to it, and names the scope to ask for (§5.1, RFC 6750 §3)', async () => {
    const missing = await host.ask('/api/v1/notes');
    expect(missing.status).toBe(401);
    expect(challengeOf(missing)).toBe(
      `Bearer realm="api", scope="notes:read", resource_metadata="https://api.test${WELL_KNOWN}/notes"`,
    );
    const bad = challengeOf(await host.ask('/api/v1/files', 'nonsense'));
    expect(bad).toMatch(/error="invalid_token"/);
    expect(bad).toMatch(
      /, resource_metadata="https:\/\/api\.test\/\.well-known\/oauth-protected-resource\/files\/v2"$/,
    );
    const usual = challengeOf(await host.ask('/api/v1/files/usual'));
    expect(usual).toContain(`resource_metadata="https://api.test${WELL_KNOWN}"`);
  });

  it('a 401 of a guard that is of no resource leads nowhere', async () => {
    expect(challengeOf(await host.ask('/api/v1/files/none'))).toBe('Bearer realm="api"');
  });

  it('a guard of a resource takes only tokens that are bound to it (§7.4)', async () => {
    const status = async (path: string, aud?: string): Promise<number> =>
      (await host.ask(path, tokenWith({ aud, scope: 'notes:read files unpublished' }))).status;
    expect(await status('/api/v1/notes', NOTES)).toBe(200);
    expect(await status('/api/v1/notes', FILES)).toBe(401);
    expect(await status('/api/v1/notes')).toBe(401);
    expect(await status('/api/v1/files', FILES)).toBe(200);
    expect(await status('/api/v1/files/none')).toBe(200);
    expect(await status('/api/v1/files/none', NOTES)).toBe(401);
  });

  it('is there without a token where every handler is guarded', async () => {
    const options = { ...RESOURCES, global: true };
    const guarded = await startHost({ adapter, controllers, options, configure: prefixed });
    expect((await guarded.ask(`${WELL_KNOWN}/notes`)).status).toBe(200);
  });
});

describe('the start stops', () => {
  it.each<[string, ResourceServerOptions, RegExp]>([
    ['relative', { resource: '/notes' }, /\/notes must be an absolute URI/],
    ['not https', { resource: 'http://api.test/notes' }, /must be an https URL/],
    ['with a fragment', { resources: ['https://api.test/#a'] }, /must not have a fragment/],
    ['with a query', { resources: ['https://api.test/?a'] }, /must not have a query/],
    ['at the place of another one', { resources: ['https://a.test/x', 'https://b.test/x'] }, /\/x\.$/],
  ])('for a resource that is %s (§1.2, §3.1)', async (_, options, fault) => {
    await expect(startHost({ options })).rejects.toThrow(fault);
  });

  it('for a guard of a resource that the options do not have', async () => {
    await expect(startHost({ controllers: [NotesController] })).rejects.toThrow(/https:\/\/api\.test\/notes/);
  });
});

describe('the stand-alone server', () => {
  const server = sharedServer();

  it('has no document: tokens for its own API are bound to no resource, so there is none to ask for', async () => {
    const origin = new URL(baseOf(server)).origin;
    expect((await fetch(origin + WELL_KNOWN)).status).toBe(404);
    const refused = await fetch(`${baseOf(server)}/api/me`);
    expect(challengeOf(refused)).toBe('Bearer realm="api"');
  });
});
