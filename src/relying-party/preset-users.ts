// Users of providers without OpenID Connect, as the claims of OIDC Core §5.1. What a provider does not say is left out.

import type { UserClaims } from './oauth-client.options.js';

/**
 * The address on the profile may be missing, and nobody has verified it: the list of addresses says more.
 * @see https://docs.github.com/en/rest/users/users#get-the-authenticated-user
 * @see https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user
 */
export async function gitHubUser(json: unknown, get: (path: string) => Promise<unknown>): Promise<UserClaims> {
  const user = membersOf(json);
  const addresses = await get('user/emails');
  const primary = Array.isArray(addresses) ? addresses.map(membersOf).find((one) => one.primary === true) : undefined;
  return claims({
    sub: textOf(user.id),
    name: user.name,
    preferred_username: user.login,
    email: primary?.email ?? user.email,
    email_verified: primary?.verified,
    picture: user.avatar_url,
    profile: user.html_url,
  });
}

/** @see https://developers.facebook.com/docs/graph-api/reference/user/ */
export function facebookUser(json: unknown): UserClaims {
  const user = membersOf(json);
  return claims({
    sub: textOf(user.id),
    name: user.name,
    given_name: user.first_name,
    family_name: user.last_name,
    email: user.email,
    picture: membersOf(membersOf(user.picture).data).url,
  });
}

/** @see https://docs.x.com/x-api/users/get-my-user */
export function xUser(json: unknown): UserClaims {
  const user = membersOf(membersOf(json).data);
  return claims({
    sub: textOf(user.id),
    name: user.name,
    preferred_username: user.username,
    picture: user.profile_image_url,
  });
}

/** @see https://discord.com/developers/docs/resources/user#user-object */
export function discordUser(json: unknown): UserClaims {
  const user = membersOf(json);
  const id = textOf(user.id);
  return claims({
    sub: id,
    name: user.global_name ?? user.username,
    preferred_username: user.username,
    email: user.email,
    email_verified: user.email ? user.verified : undefined,
    picture: user.avatar ? `https://cdn.discordapp.com/avatars/${id}/${textOf(user.avatar)}.png` : undefined,
    locale: user.locale,
  });
}

function membersOf(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

/** Numbers too: `sub` is a text. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Providers say null for what a user did not tell. */
function claims(members: Record<string, unknown>): UserClaims {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}
