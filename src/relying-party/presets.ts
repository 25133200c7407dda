// Providers that many people know, as data: what their documentation says, which `documentation` names.
import { gitHubUser, discordUser, facebookUser, xUser } from './preset-users.js';
import {
  appleClaims,
  appleClientSecret,
  appleNeeds,
  errorsAsErrors,
  facebookErrors,
  microsoftIssuer,
} from './preset-quirks.js';
import type { OAuthClientOptions } from './oauth-client.options.js';
import type { UserInfo } from './oauth-token.js';

/** The issuer of an ID token, from its claims, where one document speaks for the issuers of many tenants. */
export type IssuerOfClaims = (
  claims: Readonly<Record<string, unknown>>,
  /** What the document has as its issuer. */
  documentIssuer: string,
) => string | undefined;

/** Claims of a validated ID token as they should be; of what else came with the answer through the browser, a name at most. */
export type ClaimsOfAnswer = (claims: UserInfo, answer: ReadonlyMap<string, string>) => UserInfo;

/** What is known of a provider. */
export interface Preset {
  /** What people call it. */
  label: string;
  /** Where the provider documents it. */
  documentation: string;
  options: OAuthClientOptions;
  /** Members that depend on what the application gave. */
  completes?: (options: OAuthClientOptions) => OAuthClientOptions;
  /** Members that the application has to give beside those that every provider needs. */
  needs?: (options: OAuthClientOptions) => (keyof OAuthClientOptions)[];
  issuerOf?: IssuerOfClaims;
  claimsOf?: ClaimsOfAnswer;
}

/** By the name that {@link OAuthClientOptions.preset} has. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  google: {
    label: 'Google',
    documentation: 'https://developers.google.com/identity/openid-connect/openid-connect',
    options: {
      serverMetadataUrl: 'https://accounts.google.com/.well-known/openid-configuration',
      scope: 'openid email profile',
      apiBaseUrl: 'https://www.googleapis.com/',
    },
  },
  // One document for every tenant: with `serverMetadataUrl` an application keeps to its own.
  microsoft: {
    label: 'Microsoft',
    documentation: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc',
    options: {
      serverMetadataUrl: 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
      scope: 'openid email profile',
      apiBaseUrl: 'https://graph.microsoft.com/v1.0/',
    },
    issuerOf: microsoftIssuer,
  },
  // Without `clientSecret` one is made of `privateKey`, `keyId` and `teamId`. Name and e-mail come with form_post alone.
  apple: {
    label: 'Apple',
    documentation: 'https://developer.apple.com/documentation/signinwithapplerestapi',
    options: {
      serverMetadataUrl: 'https://appleid.apple.com/.well-known/openid-configuration',
      scope: 'openid name email',
      responseMode: 'form_post',
      tokenEndpointAuthMethod: 'client_secret_post',
    },
    completes: appleClientSecret,
    needs: appleNeeds,
    claimsOf: appleClaims,
  },
  // `issuer` is the `iss` of its answers (RFC 9207).
  github: {
    label: 'GitHub',
    documentation: 'https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
    options: {
      authorizeUrl: 'https://github.com/login/oauth/authorize',
      accessTokenUrl: 'https://github.com/login/oauth/access_token',
      apiBaseUrl: 'https://api.github.com/',
      scope: 'read:user user:email',
      tokenEndpointAuthMethod: 'client_secret_post',
      metadata: { issuer: 'https://github.com/login/oauth', userinfo_endpoint: 'https://api.github.com/user' },
      compliance: { accessTokenResponse: errorsAsErrors, refreshTokenResponse: errorsAsErrors, userinfo: gitHubUser },
    },
  },
  gitlab: {
    label: 'GitLab',
    documentation: 'https://docs.gitlab.com/integration/openid_connect_provider/',
    options: {
      serverMetadataUrl: 'https://gitlab.com/.well-known/openid-configuration',
      scope: 'openid email profile',
      apiBaseUrl: 'https://gitlab.com/api/v4/',
    },
  },
  // URLs without a version are those of the version that the application is registered for.
  facebook: {
    label: 'Facebook',
    documentation: 'https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow',
    options: {
      authorizeUrl: 'https://www.facebook.com/dialog/oauth',
      accessTokenUrl: 'https://graph.facebook.com/oauth/access_token',
      apiBaseUrl: 'https://graph.facebook.com/',
      scope: 'public_profile email',
      tokenEndpointAuthMethod: 'client_secret_post',
      metadata: {
        issuer: 'https://www.facebook.com',
        userinfo_endpoint: 'https://graph.facebook.com/me?fields=id,name,first_name,last_name,email,picture',
      },
      compliance: { accessTokenResponse: facebookErrors, userinfo: facebookUser },
    },
  },
  // `users/me` asks for both scope values.
  x: {
    label: 'X',
    documentation: 'https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code',
    options: {
      authorizeUrl: 'https://x.com/i/oauth2/authorize',
      accessTokenUrl: 'https://api.x.com/2/oauth2/token',
      apiBaseUrl: 'https://api.x.com/2/',
      scope: 'users.read tweet.read',
      metadata: {
        issuer: 'https://x.com',
        userinfo_endpoint: 'https://api.x.com/2/users/me?user.fields=profile_image_url',
        revocation_endpoint: 'https://api.x.com/2/oauth2/revoke',
      },
      compliance: { userinfo: xUser },
    },
  },
  // It answers no nonce, and refuses a code verifier beside the secret.
  linkedin: {
    label: 'LinkedIn',
    documentation:
      'https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2',
    options: {
      serverMetadataUrl: 'https://www.linkedin.com/oauth/.well-known/openid-configuration',
      scope: 'openid email profile',
      apiBaseUrl: 'https://api.linkedin.com/v2/',
      tokenEndpointAuthMethod: 'client_secret_post',
      nonceSupported: false,
      codeChallengeMethod: false,
    },
  },
  discord: {
    label: 'Discord',
    documentation: 'https://discord.com/developers/docs/topics/oauth2',
    options: {
      authorizeUrl: 'https://discord.com/oauth2/authorize',
      accessTokenUrl: 'https://discord.com/api/oauth2/token',
      apiBaseUrl: 'https://discord.com/api/v10/',
      scope: 'identify email',
      metadata: {
        issuer: 'https://discord.com',
        userinfo_endpoint: 'https://discord.com/api/v10/users/@me',
        revocation_endpoint: 'https://discord.com/api/oauth2/token/revoke',
      },
      compliance: { userinfo: discordUser },
    },
  },
  // PKCE has to be switched on for the application there, which makes it a public client for ever.
  slack: {
    label: 'Slack',
    documentation: 'https://docs.slack.dev/authentication/sign-in-with-slack/',
    options: {
      serverMetadataUrl: 'https://slack.com/.well-known/openid-configuration',
      scope: 'openid email profile',
      apiBaseUrl: 'https://slack.com/api/',
      tokenEndpointAuthMethod: 'client_secret_post',
      codeChallengeMethod: false,
      compliance: { accessTokenResponse: errorsAsErrors, refreshTokenResponse: errorsAsErrors },
    },
  },
  'nest-authorization-server': {
    label: 'nest-authorization-server',
    documentation: 'https://www.npmjs.com/package/nest-authorization-server',
    options: { scope: 'openid email profile' },
    needs: () => ['serverMetadataUrl'],
  },
};

/** Own members of the table alone. */
export function findPreset(name: string): Preset | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}
