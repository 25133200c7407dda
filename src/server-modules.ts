// The modules of the server: the same ones stand-alone and inside a host application.
import type { DynamicModule, Type } from '@nestjs/common';
import { ClientsApiModule } from './clients/clients-api.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { type RoutedModule, type RoutesAs, withRoutes } from './common/routed-module.js';
import { DatabaseModule, type DatabaseModuleOptions } from './database/database.module.js';
import { EventsModule } from './events/events.module.js';
import { EndpointsModule } from './oauth/endpoints.module.js';
import { InteractionApiModule } from './oauth/interactions/interaction-api.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { PagesModule } from './pages/pages.module.js';
import { ENTITIES, MIGRATIONS } from './schema.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { TokensApiModule } from './tokens/tokens-api.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UsersApiModule } from './users/users-api.module.js';
import { UsersModule } from './users/users.module.js';

/** Those with services, which plug-ins and a host application inject. */
export const SERVICE_MODULES = [EventsModule, UsersModule, ClientsModule, TokensModule, SessionsModule, OAuthModule];

const ROUTED_MODULES: readonly RoutedModule[] = [
  EndpointsModule,
  InteractionApiModule,
  UsersApiModule,
  ClientsApiModule,
  TokensApiModule,
  PagesModule,
];

/** Whose routes are the server's. */
export const SERVED_CONTROLLERS: ReadonlySet<Type> = new Set(ROUTED_MODULES.flatMap(({ controllers }) => controllers));

export interface ServerModulesOptions {
  routesAs: RoutesAs;
  database: Omit<DatabaseModuleOptions, 'entities' | 'migrations'>;
  /** The guards of our JSON APIs. */
  guards: DynamicModule;
}

/** All of them; they need `OptionsModule`. */
export function serverModules({
  routesAs,
  database,
  guards,
}: ServerModulesOptions): NonNullable<DynamicModule['imports']> {
  return [
    DatabaseModule.forRoot({ entities: ENTITIES, migrations: MIGRATIONS, ...database }),
    ...SERVICE_MODULES,
    ...ROUTED_MODULES.map((module) => withRoutes(module, routesAs, [guards])),
  ];
}
