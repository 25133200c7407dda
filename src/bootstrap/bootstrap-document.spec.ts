import { takeApart } from '../config/bootstrap-file.js';
import { checkBootstrap } from './bootstrap-document.js';

const SECRET = 's'.repeat(32);

function check(file: object, production = false): { document: ReturnType<typeof checkBootstrap>; faults: string[] } {
  const faults: string[] = [];
  return { document: checkBootstrap(takeApart(file, faults), production, faults), faults };
}

describe('the content of the bootstrap file', () => {
  it('becomes users with claims, clients with defaults, scopes and resources', () => {
    const { document, faults } = check({
      users: [
        {
          username: 'alice',
          password: 'alice-password',
          email_verified: true,
          email: 'a@b.example',
          roles: ['x'],
          name: 'A',
        },
      ],
      clients: [
        { client_id: 'job', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'read' },
        { client_id: 'api', grant_types: [] },
      ],
      scopes: [{ name: 'read', description: 'Read' }, { name: 'write' }],
      resources: [
        {
          identifier: 'https://api.example',
          scopes: ['read'],
          introspection_clients: ['api'],
          access_token_format: null,
        },
      ],
    });
    expect(faults).toEqual([]);
    expect(document.users).toEqual([
      {
        username: 'alice',
        password: 'alice-password',
        email: 'a@b.example',
        emailVerified: true,
        roles: ['x'],
        claims: { name: 'A' },
      },
    ]);
    expect(document.clients[0]).toMatchObject({
      clientId: 'job',
      clientSecret: SECRET,
      metadata: { token_endpoint_auth_method: 'client_secret_basic', response_types: [] },
    });
    expect(document.clients[1].metadata.grant_types).toEqual([]);
    expect(document.scopes).toEqual([
      { name: 'read', description: 'Read' },
      { name: 'write', description: 'write' },
    ]);
    expect(document.resources).toEqual([
      {
        identifier: 'https://api.example',
        name: 'https://api.example',
        scopes: ['read'],
        accessTokenFormat: undefined,
        introspectionClients: ['api'],
      },
    ]);
  });

  it.each([
    [{ users: [{}] }, 'users[0].username: must be given'],
    [{ users: [{ username: 'a', passwd: 'x' }] }, 'users[0].passwd: is not a standard claim of OpenID Connect'],
    [{ users: [{ username: 'a', address: { town: 'x' } }] }, 'users[0].address.town: is not a member of an address'],
    [{ users: [{ username: 'a', roles: 'admin' }] }, 'users[0].roles: must be a list of at most 50 words'],
    [{ clients: [{ grant_types: [] }] }, 'clients[0].client_id: must be given'],
    [
      { clients: [{ client_id: 5, grant_types: [] }] },
      'clients[0].client_id: must be at most 255 printable ASCII characters without spaces',
    ],
    [
      { clients: [{ client_id: 'a', client_secret: 's'.repeat(31), grant_types: [] }] },
      'clients[0].client_secret: must have 32 to 512 characters',
    ],
    [{ clients: [{ client_id: 'a', client_secret: 5, grant_types: [] }] }, 'clients[0].client_secret: must be a text'],
    [
      { clients: [{ client_id: 'a', redirectUris: [], grant_types: [] }] },
      'clients[0].redirectUris: is unknown, use redirect_uris',
    ],
    [{ clients: [{ client_id: 'a', owner_id: 'x', grant_types: [] }] }, 'clients[0].owner_id: is unknown'],
    [{ scopes: [{}] }, 'scopes[0].name: must be given'],
    [{ scopes: [{ name: 'a', description: '' }] }, 'scopes[0].description: must be a text of at most 1000 characters'],
    [{ resources: [{ identifier: 'https://a.example/#b' }] }, 'resources[0].identifier: must not have a fragment'],
    [
      { resources: [{ identifier: 'https://a.example', scopes: ['a b'] }] },
      'resources[0].scopes[0]: must be a word of at most 200 characters without spaces',
    ],
    [
      { resources: [{ identifier: 'https://a.example', introspection_clients: 'api' }] },
      'resources[0].introspection_clients: must be a list of at most 1000 entries',
    ],
  ])('%j has a fault', (file, fault) => {
    expect(check(file).faults).toEqual([fault]);
  });

  it('names nobody and nothing twice, in whatever case', () => {
    const user = (username: string, email: string): object => ({ username, email });
    expect(
      check({
        users: [user('alice', 'a@b.example'), user('bob', 'b@b.example'), user('ＡLICE', 'B@B.example')],
        clients: [
          { client_id: 'a', grant_types: [] },
          { client_id: 'a', grant_types: [] },
          { client_id: 'A', grant_types: [] },
        ],
        scopes: [{ name: 'a' }, { name: 'a' }],
        resources: [{ identifier: 'https://a.example' }, { identifier: 'https://a.example' }],
      }).faults,
    ).toEqual([
      'users[2].username: is the same as that of users[0]',
      'users[2].email: is the same as that of users[1]',
      'clients[1].client_id: is the same as that of clients[0]',
      'scopes[1].name: is the same as that of scopes[0]',
      'resources[1].identifier: is the same as that of resources[0]',
    ]);
  });

  it('has default passwords and secrets refused in production alone', () => {
    const file = {
      users: [{ username: 'admin', password: 'password1' }],
      clients: [{ client_id: 'a', client_secret: 'change-me-'.repeat(4), grant_types: [] }],
    };
    expect(check(file).faults).toEqual([]);
    expect(check(file, true).faults).toEqual([
      'users[0].password: is a default password, which production refuses',
      'clients[0].client_secret: is a default secret, which production refuses',
    ]);
  });
});
