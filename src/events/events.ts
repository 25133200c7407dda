// What happens in the server, by name. Payloads hold ids, never token values.

/** The payload of each event. Names are `noun.verb` in the past tense. */
export interface OAuthEvents {
  /** A client proved who it is at an endpoint. */
  'client.authenticated': { clientId: string; method: string };
  /** An access token was issued, with a refresh token or without. */
  'token.issued': { clientId: string; userId?: string; grantId: string; grantType: string; scope: string };
  /** A token was revoked, or a whole grant with all that it gave. */
  'token.revoked': { grantId: string; clientId: string; userId?: string; reason: RevocationReason };
  /** A token that a remote provider gave was renewed, and is kept; `subject` when it is known whose it is there. */
  'token.updated': { provider: string; grantType: RenewedBy; subject?: string };
  /** A guard accepted an access token. */
  'token.authenticated': { clientId: string; userId?: string; scope: string };
  /** An authorization code was presented a second time; its grant has been revoked. */
  'code.reused': { clientId: string; grantId: string };
  /** A rotated refresh token was presented after its grace; its grant has been revoked. */
  'refresh_token.reused': { clientId: string; grantId: string };
  /** Somebody signed in. */
  'user.signed_in': { userId: string };
  /** A sign-in failed; `userId` when the account exists. */
  'user.sign_in_failed': { userId?: string; address: string };
  /** Somebody signed out, or a session was ended from the account page. */
  'user.signed_out': { userId: string };
  /** An account was created by its owner or an administrator. */
  'user.created': { userId: string };
  /** A password was changed or set; sessions and grants of the user have ended. */
  'user.password_changed': { userId: string };
  /** An account was disabled; its sessions and grants have ended. */
  'user.disabled': { userId: string };
  /** An account was deleted with all that hung on it. */
  'user.deleted': { userId: string };
  /** Somebody can sign in with an account at an identity provider from now on. */
  'identity.linked': { userId: string; provider: string };
  /** Somebody cannot any more. */
  'identity.unlinked': { userId: string; provider: string };
  /** Somebody allowed a client what it asked. */
  'consent.granted': { userId: string; clientId: string; scope: string };
  /** Somebody refused. */
  'consent.denied': { userId: string; clientId: string };
  /** Somebody withdrew what a client was allowed. */
  'consent.withdrawn': { userId: string; clientId: string };
  /** A client registered itself; `client.created` came before. */
  'client.registered': { clientId: string };
  /** A client was told that a session has ended. */
  'logout.delivered': { clientId: string; userId: string; sessionId: string };
  /** A client was not told that a session has ended; `final`: it is not tried again. */
  'logout.failed': { clientId: string; userId: string; sessionId: string; reason: string; final: boolean };
  /** A provider with which people sign in said that somebody's session there has ended, or without `sid` all of a user's. */
  'remote_session.ended': { provider: string; issuer: string; subject?: string; sid?: string };
  /** A client was created. */
  'client.created': { clientId: string };
  /** A client was changed, or its secret rotated. */
  'client.updated': { clientId: string };
  /** A client was deleted with all that it was given. */
  'client.deleted': { clientId: string };
  /** A key of the server was created; it is published, and in use from `activatesAt` on. */
  'key.created': { kid: string; algorithm: string; activatesAt: Date };
  /** A key of the server has a successor, which takes over at `retiresAt`; what it signed stays valid. */
  'key.retired': { kid: string; algorithm: string; retiresAt: Date };
  /** A key of the server was dropped: nothing that it signed is valid any more. */
  'key.dropped': { kid: string; algorithm: string };
}

/** How an application got a new token from a remote provider. */
export type RenewedBy = 'refresh_token' | 'client_credentials' | 'jwt-bearer';

/** Why a token or a grant was revoked. */
export type RevocationReason =
  | 'client_request'
  | 'code_reused'
  | 'refresh_token_reused'
  | 'consent_withdrawn'
  | 'administrator'
  | 'user_disabled'
  | 'role_lost'
  | 'client_disabled'
  | 'scope_lost'
  | 'resource_deleted'
  | 'password_changed'
  | 'signed_out';

/** The name of an event. */
export type OAuthEventName = keyof OAuthEvents;
