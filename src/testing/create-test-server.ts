// An authorization server for the tests of a host application: over HTTP, on PostgreSQL, with nothing left out.
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { missingPackages } from '../common/missing-packages.js';
import type { AuthorizationServerModuleOptions } from '../embedding/options.js';
import type { OAuthEventName, OAuthEvents } from '../events/events.js';
import { TestBrowser } from './browser.js';
import { type TestClient, TestClientBuilder, type TestClientOptions } from './client-builder.js';
import { requestTokens, runCodeFlow, type TestAuthorization, type TestTokens } from './code-flow.js';
import type { StartedServer } from './start-test-server.js';
import { type TestUser, TestUserBuilder, type TestUserOptions } from './user-builder.js';

/** Options of the server, `bootstrap` among them, and plug-ins and modules of the host application; all have a default. */
export interface TestServerOptions
  extends
    Partial<Omit<AuthorizationServerModuleOptions, 'issuer' | 'database' | 'dataSource'>>,
    Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'> {
  /**
   * `postgres://` URL. The server works in a schema of its own there, which is dropped when it closes.
   * @default a PostgreSQL that is started for the servers of this process, and stopped with the last of them
   */
  databaseUrl?: string;
  /** Path of the issuer: `/auth`. @default none */
  issuerPath?: string;
  /** Before it is initialized: prefix, pipes, filters. */
  configure?: (app: INestApplication) => unknown;
}

/** Who signs in where, for what. */
export interface TestSignInOptions extends Partial<TestAuthorization> {
  /** The browser, which may be signed in already. @default a new one */
  browser?: TestBrowser;
}

/** The tokens of somebody who has signed in, and the browser in which that was. */
export interface TestSignIn {
  tokens: TestTokens;
  client: TestClient;
  browser: TestBrowser;
}

/** A server that runs, and what tests do with it. */
export interface TestServer {
  /** Where it listens: `http://localhost:<port>`. */
  url: string;
  /** Its issuer. */
  issuer: string;
  /** The host application: `server.app.get(UsersService)`. */
  app: INestApplication;
  /** Stops it and removes all that it has stored; the last one also stops the PostgreSQL that was started for them. */
  close(): Promise<void>;
  /** A user to be created. */
  aUser(options?: TestUserOptions): TestUserBuilder;
  /** A client to be created. */
  aClient(options?: TestClientOptions): TestClientBuilder;
  /** A browser in which nobody is signed in. */
  browser(): TestBrowser;
  /**
   * Signs a user in by the pages, allows what is asked, and redeems the code.
   *
   * @throws Error that shows the page at which it stopped, or the error that the client was told
   */
  signIn(user: TestUser, options?: TestSignInOptions): Promise<TestSignIn>;
  /**
   * Tokens of a client for itself.
   *
   * @throws Error that shows what the token endpoint said
   */
  clientCredentials(client: TestClient, scope?: string, resource?: string | readonly string[]): Promise<TestTokens>;
  /** What has happened since the start, oldest first: `server.events('token.issued')`. */
  events<E extends OAuthEventName>(name: E): OAuthEvents[E][];
}

/**
 * Starts an authorization server on a free port. Stop it with `close()`.
 *
 * @throws Error that says what to install, when a package of the server is missing
 * @throws ConfigurationError that names all faults of the options
 * @throws DatabaseStartError when the database cannot be used, or there is no PostgreSQL for this machine
 * @example
 * const server = await createTestServer({ bootstrap: { scopes: [{ name: 'notes:read', description: 'Read your notes' }] } });
 * const user = await server.aUser({ roles: ['admin'] }).create();
 * const client = await server.aClient().public().scope('openid', 'notes:read').create();
 * const { tokens } = await server.signIn(user, { client, scope: 'openid notes:read' });
 * // …
 * await server.close();
 */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  return toolsOf(await load(options));
}

/** Loaded here: whoever only signs tokens needs neither a database nor an HTTP server. */
async function load(options: TestServerOptions): Promise<StartedServer> {
  let startTestServer: (options: TestServerOptions) => Promise<StartedServer>;
  try {
    ({ startTestServer } = await import('./start-test-server.js'));
  } catch (error) {
    const missing = missingPackages(error);
    if (missing.length === 0) throw error;
    throw new Error(`createTestServer needs packages of the server: npm install --save-dev ${missing.join(' ')}`, {
      cause: error,
    });
  }
  return startTestServer(options);
}

function toolsOf(started: StartedServer): TestServer {
  const { url, issuer, app, users, clients, readClient, happened } = started;
  const browser = (): TestBrowser => new TestBrowser(url, issuer);
  const aClient = (options?: TestClientOptions): TestClientBuilder =>
    new TestClientBuilder(() => ({ clients, read: readClient }), options);
  let closed: Promise<void> | undefined;
  return {
    url,
    issuer,
    app,
    browser,
    aClient,
    aUser: (options) => new TestUserBuilder(() => users, options),
    close: () => (closed ??= started.close()),
    signIn: async (user, { browser: own = browser(), client: given, ...asked } = {}) => {
      const client = given ?? (await aClient(asked.scope === undefined ? {} : { scope: asked.scope }).create());
      return { tokens: await runCodeFlow(own, user, { ...asked, client }), client, browser: own };
    },
    clientCredentials: (client, scope, resource) =>
      requestTokens(
        browser(),
        client,
        { grant_type: 'client_credentials', ...(scope !== undefined && { scope }) },
        resource,
      ),
    events: <E extends OAuthEventName>(name: E) => happened(name) as OAuthEvents[E][],
  };
}
