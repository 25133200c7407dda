// Who and what exists at the shared server. Specs use these through their names; a spec that needs somebody to itself
// calls signUp() or createClient-s through /api/clients.

export interface UserFixture {
  username: string;
  password: string;
  email?: string;
  [member: string]: unknown;
}

export interface ClientFixture {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'none';
  redirect_uris?: string[];
  grant_types: string[];
  response_types?: string[];
  scope?: string;
  [member: string]: unknown;
}

/** Users by name. `alice` has every claim, `bob` little, `admin` the role admin. */
export const USERS = {
  alice: {
    username: 'alice',
    password: 'alice-password-1',
    email: 'alice@example.com',
    email_verified: true,
    name: 'Alice Example',
    given_name: 'Alice',
    family_name: 'Example',
    locale: 'en',
    zoneinfo: 'Europe/Berlin',
  },
  bob: { username: 'bob', password: 'bob-password-1', email: 'bob@example.com' },
  admin: { username: 'root', password: 'root-password-1', email: 'root@example.com', roles: ['admin'] },
} as const satisfies Record<string, object>;

/** Where codes go: nobody listens there, the specs read `Location`. */
export const CALLBACK = 'https://client.example/callback';

const secret = (name: string): string => `${name}-secret-`.padEnd(40, '0');

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const CODE = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };

/** Clients by what is special about them. */
export const CLIENTS = {
  /** The ordinary confidential web application. */
  web: {
    client_id: 'web',
    client_secret: secret('web'),
    client_name: 'Web App',
    client_uri: 'https://client.example/',
    policy_uri: 'https://client.example/policy',
    tos_uri: 'https://client.example/tos',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [CALLBACK],
    scope: 'openid profile email offline_access read write',
    default_scope: 'profile read',
    ...CODE,
  },
  /** Gets JWT access tokens where no resource decides (RFC 9068). */
  webJwt: {
    client_id: 'web-jwt',
    client_secret: secret('web-jwt'),
    client_name: 'JWT Web App',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://web-jwt.example/callback'],
    scope: 'profile read',
    access_token_format: 'jwt',
    ...CODE,
  },
  /** Authenticates in the body. */
  post: {
    client_id: 'post',
    client_secret: secret('post'),
    client_name: 'Post App',
    token_endpoint_auth_method: 'client_secret_post',
    redirect_uris: ['https://post.example/callback'],
    scope: 'profile read write',
    ...CODE,
  },
  /** Another confidential client, for what must not leak between clients. */
  other: {
    client_id: 'other',
    client_secret: secret('other'),
    client_name: 'Other App',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://other.example/callback'],
    scope: 'profile read',
    ...CODE,
  },
  /** A public browser application. */
  spa: {
    client_id: 'spa',
    client_name: 'Single Page App',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://spa.example/callback'],
    scope: 'openid profile offline_access read',
    ...CODE,
  },
  /** A public native application: loopback and private-use redirect URIs (RFC 8252). */
  native: {
    client_id: 'native',
    client_name: 'Native App',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'com.example.native:/callback'],
    scope: 'openid profile offline_access read',
    ...CODE,
  },
  /** Two redirect URIs. */
  multi: {
    client_id: 'multi',
    client_secret: secret('multi'),
    client_name: 'Multi App',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://multi.example/one', 'https://multi.example/two?fixed=1'],
    scope: 'profile read',
    ...CODE,
  },
  /** First party: nobody is asked for consent. */
  trusted: {
    client_id: 'trusted',
    client_secret: secret('trusted'),
    client_name: 'First Party App',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://trusted.example/callback'],
    scope: 'openid profile offline_access read write',
    skip_consent: true,
    ...CODE,
  },
  /** Exempt from PKCE. */
  exempt: {
    client_id: 'exempt',
    client_secret: secret('exempt'),
    client_name: 'Exempt App',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://exempt.example/callback'],
    scope: 'profile read',
    require_pkce: false,
    skip_consent: true,
    ...CODE,
  },
  /** A machine: client_credentials alone. */
  machine: {
    client_id: 'machine',
    client_secret: secret('machine'),
    client_name: 'Machine',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'read write',
  },
  /** A machine that gets JWT access tokens (RFC 9068). */
  machineJwt: {
    client_id: 'machine-jwt',
    client_secret: secret('machine-jwt'),
    client_name: 'JWT Machine',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'read write',
    access_token_format: 'jwt',
  },
  /** May ask for one resource only. */
  limited: {
    client_id: 'limited',
    client_secret: secret('limited'),
    client_name: 'Limited Machine',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'read',
    resources: ['https://files.example.com'],
  },
  /** A resource server: it introspects and does nothing else. */
  api: {
    client_id: 'api',
    client_secret: secret('api'),
    client_name: 'Example API',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [],
  },
  /** A public device without a browser (RFC 8628). */
  tv: {
    client_id: 'tv',
    client_name: 'Television',
    token_endpoint_auth_method: 'none',
    grant_types: [DEVICE_CODE, 'refresh_token'],
    scope: 'openid profile offline_access read write',
    default_scope: 'profile read',
  },
  /** A device that keeps a secret. */
  box: {
    client_id: 'box',
    client_secret: secret('box'),
    client_name: 'Set-top Box',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [DEVICE_CODE],
    scope: 'openid profile read',
  },
  /** The password grant (legacy). */
  password: {
    client_id: 'password',
    client_secret: secret('password'),
    client_name: 'Legacy Password App',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['password', 'refresh_token'],
    scope: 'profile read',
  },
  /** The implicit grant (legacy). */
  implicit: {
    client_id: 'implicit',
    client_name: 'Legacy Implicit App',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://implicit.example/callback'],
    grant_types: ['implicit'],
    response_types: ['token'],
    scope: 'profile read',
  },
  /** A machine for the administration API. */
  administrator: {
    client_id: 'administrator',
    client_secret: secret('administrator'),
    client_name: 'Administration',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'users:read users:write clients:read clients:write tokens:read tokens:write',
  },
} as const satisfies Record<string, object>;

/** Scopes beside those of OIDC. */
export const SCOPES = [
  { name: 'read', description: 'Read your things' },
  { name: 'write', description: 'Change your things' },
];

/** Protected resources (RFC 8707): two take JWTs, one opaque tokens that `api` introspects, one leaves the format open. */
export const RESOURCES = {
  jwt: {
    identifier: 'https://api.example.com',
    name: 'Example API',
    scopes: ['read', 'write'],
    access_token_format: 'jwt',
    introspection_clients: ['api'],
  },
  opaque: {
    identifier: 'https://files.example.com',
    name: 'Example Files',
    scopes: ['read'],
    access_token_format: 'opaque',
    introspection_clients: ['api'],
  },
  /** JWTs as well; nobody introspects for it. Its identifier has a path and a query. */
  calendar: {
    identifier: 'https://calendar.example.com/v1?tenant=1',
    name: 'Example Calendar',
    scopes: ['read', 'write'],
    access_token_format: 'jwt',
  },
  /** The client or the server decides on the format. */
  any: {
    identifier: 'urn:example:any',
    name: 'Example of any format',
    scopes: ['read', 'write'],
    introspection_clients: ['api'],
  },
};

/** The bootstrap file of the shared server; give it to startServer for the same world on a server of your own. */
export function bootstrap(): { users: object[]; clients: object[]; scopes: object[]; resources: object[] } {
  return {
    users: Object.values(USERS),
    clients: Object.values(CLIENTS),
    scopes: SCOPES,
    resources: Object.values(RESOURCES),
  };
}
