// What a host application tells the module.
import type { DataSource } from 'typeorm';
import type { AuthorizationServerOptionsInput, Pages } from '../config/options.js';
import type { ResourceServerOptions } from '../resource-server/resource-server.options.js';

/** A database of the server's own, or a part of one. */
export interface DatabaseSettings {
  /** `postgres://` URL of PostgreSQL 15 or newer. */
  url?: string;
  /** Connections. @default 10 */
  poolSize?: number;
  /**
   * PostgreSQL schema for the tables of the server alone; made when it is missing. For a database in which the host
   * application has tables of its own, as `users`. @default none: what the URL looks into, usually `public`
   */
  schema?: string;
  /** Instead of `url`: a PostgreSQL that is started and stopped with the application, for development. */
  embedded?: {
    /** Directory of its data; made at the first start. */
    dataDir: string;
  };
}

/** What is created at every start when it is missing, as the bootstrap file of the stand-alone server names it. */
export interface BootstrapSettings {
  users?: readonly object[];
  clients?: readonly object[];
  scopes?: readonly object[];
  resources?: readonly object[];
}

/** What {@link AuthorizationServerModule} takes; all but `issuer`, `secretKeys` and the database has a default. */
export interface AuthorizationServerModuleOptions extends Omit<
  AuthorizationServerOptionsInput,
  'secretKeys' | 'databaseUrl' | 'databasePoolSize' | 'pages'
> {
  /** At least one secret of at least 32 characters; the first one seals, the others still open. @default generated beside `database.embedded` */
  secretKeys?: readonly string[];
  /** Where the server has its tables; this, or `dataSource`. */
  database?: DatabaseSettings;
  /** The host application's own data source: its entities include `authorizationServerEntities`, it is open, and stays the host's. */
  dataSource?: DataSource;
  /** Users, clients, scopes and resources that every start creates when they are missing. @default none */
  bootstrap?: BootstrapSettings;
  /**
   * Which of our pages there are; false: none, the protocol and the JSON APIs only.
   * @default true; `home` only where the issuer has a path of its own
   */
  pages?: boolean | Partial<Pages>;
  /**
   * Options of `@ResourceProtector` on the application's own controllers, where tokens of this server are accepted; false:
   * the application imports `ResourceServerModule` itself.
   * @default {}
   */
  guards?: ResourceServerOptions | false;
}
