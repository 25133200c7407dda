// What a provider says of itself: found by the URL of the document or by the issuer, and compared with it.
// @see OIDC Discovery §4, RFC 8414 §3 https://www.rfc-editor.org/rfc/rfc8414#section-3
import { parseUrl } from '../common/url.js';
import type { ProviderMetadata } from './oauth-client.options.js';
import type { Provider } from './provider.js';

const WELL_KNOWN = '/.well-known/';
const OIDC = 'openid-configuration';
const OAUTH = 'oauth-authorization-server';

/** Members that lead to the provider; each must be a URL where requests may go. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
];

/**
 * The document of `serverMetadataUrl`, where there is one, and the options over it.
 * @throws OAuthClientError
 */
export async function loadMetadata(provider: Provider): Promise<Readonly<ProviderMetadata>> {
  const { serverMetadataUrl, authorizeUrl, accessTokenUrl, metadata } = provider.settings;
  const document = serverMetadataUrl ? await discover(provider, serverMetadataUrl) : {};
  const given = { authorization_endpoint: authorizeUrl, token_endpoint: accessTokenUrl, ...metadata };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  const whole: ProviderMetadata = { ...document, ...Object.fromEntries(known) };
  for (const name of ENDPOINTS) {
    if (whole[name] === undefined || whole[name] === null) continue;
    const fault = provider.requests.urlFault(whole[name]);
    if (fault) throw provider.error('invalid_response', `Metadata: ${name} ${fault}.`);
  }
  return Object.freeze(whole);
}

async function discover(provider: Provider, url: string): Promise<ProviderMetadata> {
  const document = url.includes(WELL_KNOWN)
    ? await provider.fetchJson(url)
    : ((await provider.fetchJson(documentUrl(url, OIDC), undefined, [404])) ??
      (await provider.fetchJson(documentUrl(url, OAUTH))));
  const { issuer } = document as ProviderMetadata;
  if (typeof issuer !== 'string' || !isExpected(provider, issuer, url))
    throw provider.error('mismatching_issuer', 'The issuer of the metadata is not the one that was asked.');
  return document as ProviderMetadata;
}

function isExpected({ settings }: Provider, issuer: string, url: string): boolean {
  // A template, such as Microsoft's: ID tokens are of issuers that are made of it.
  if (settings.issuerOf) return parseUrl(issuer)?.origin === parseUrl(url)?.origin;
  return withoutSlash(issuer) === withoutSlash(settings.metadata.issuer ?? issuerOf(url));
}

/** OIDC appends to the issuer, RFC 8414 §3.1 puts it in front of the path. */
function documentUrl(issuer: string, name: string): string {
  const { origin, pathname } = new URL(issuer);
  const path = withoutSlash(pathname);
  return name === OIDC ? `${origin}${path}${WELL_KNOWN}${name}` : `${origin}${WELL_KNOWN}${name}${path}`;
}

/** The issuer whose document has this URL, in either of the two ways. */
function issuerOf(url: string): string {
  const start = url.indexOf(WELL_KNOWN);
  if (start < 0) return url;
  const [, path = ''] = /^[^/?#]*(\/[^?#]*)?/.exec(url.slice(start + WELL_KNOWN.length)) ?? [];
  return url.slice(0, start) + path;
}

/** Discovery §4.1 takes it away, so it cannot be told from the URL whether the issuer has one. */
function withoutSlash(text: string): string {
  return text.replace(/\/$/, '');
}
