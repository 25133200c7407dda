// What the database of the server is made of: the entities of all modules, and the migrations in their order.
import { ClientRegistrationEntity } from './clients/client-registration.entity.js';
import { ClientSecretEntity } from './clients/client-secret.entity.js';
import { ClientEntity } from './clients/client.entity.js';
import { UsedAssertionEntity } from './clients/used-assertion.entity.js';
import { InitialAccessTokenEntity } from './clients/initial-access-token.entity.js';
import { InitialSchema1790000000000 } from './database/migrations/1790000000000-initial-schema.js';
import { SessionEntity } from './sessions/session.entity.js';
import { SignInFailureEntity } from './sessions/sign-in-failure.entity.js';
import { AccessTokenEntity } from './tokens/access-token.entity.js';
import { AuthorizationCodeEntity } from './tokens/authorization-code.entity.js';
import { ConsentEntity } from './tokens/consent.entity.js';
import { DeviceCodeEntity } from './tokens/device-code.entity.js';
import { FinishedInteractionEntity } from './tokens/finished-interaction.entity.js';
import { GrantEntity } from './tokens/grant.entity.js';
import { SigningKeyEntity } from './tokens/keys/signing-key.entity.js';
import { RefreshTokenEntity } from './tokens/refresh-token.entity.js';
import { ResourceEntity } from './tokens/resource.entity.js';
import { ScopeEntity } from './tokens/scope.entity.js';
import { SessionIdentityEntity } from './oauth/identity-providers/session-identity.entity.js';
import { LogoutNotificationEntity } from './oauth/logout/logout-notification.entity.js';
import { ServerSettingEntity } from './oauth/server-setting.entity.js';
import { EndedAccessEntity } from './users/ended-access.entity.js';
import { UserIdentityEntity } from './users/user-identity.entity.js';
import { UserEntity } from './users/user.entity.js';

/** The entities of the server, for the data source of a host application that shares it. */
export const ENTITIES = [
  AccessTokenEntity,
  AuthorizationCodeEntity,
  ClientEntity,
  ClientRegistrationEntity,
  ClientSecretEntity,
  ConsentEntity,
  DeviceCodeEntity,
  EndedAccessEntity,
  FinishedInteractionEntity,
  GrantEntity,
  InitialAccessTokenEntity,
  LogoutNotificationEntity,
  RefreshTokenEntity,
  ResourceEntity,
  ScopeEntity,
  ServerSettingEntity,
  SessionEntity,
  SessionIdentityEntity,
  SignInFailureEntity,
  SigningKeyEntity,
  UsedAssertionEntity,
  UserEntity,
  UserIdentityEntity,
];

export const MIGRATIONS = [InitialSchema1790000000000];
