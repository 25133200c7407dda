// What guards add to the OpenAPI document that @nestjs/swagger makes of an application: it reads metadata by these names.
// @see RFC 6750 §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import { alternativesOf, type Protection } from './protection.js';

const SECURITY = 'swagger/apiSecurity';
const RESPONSES = 'swagger/apiResponse';

/** The name of the security scheme, unless the option `securityScheme` says another one. */
export const SECURITY_SCHEME = 'oauth2';

const REFUSALS = {
  401: { description: 'There is no access token, or none that is valid here.' },
  403: { description: 'The access token does not allow this.' },
};

/** Tells of a handler's protection; what the application says of its answers itself stays. */
export function documentProtection(handler: object, protection: Protection, scheme = SECURITY_SCHEME): void {
  if (protection.isPublic) return;
  const alternatives = alternativesOf(protection.scopes);
  const requirements: object[] = (alternatives.length > 0 ? alternatives : [[]]).map((scopes) => ({
    [scheme]: scopes,
  }));
  if (protection.optional) requirements.push({});
  const said = (Reflect.getMetadata(SECURITY, handler) ?? []) as object[];
  const others = said.filter((one) => !Object.hasOwn(one, scheme) && Object.keys(one).length > 0);
  Reflect.defineMetadata(SECURITY, [...others, ...requirements], handler);
  const responses = Reflect.getMetadata(RESPONSES, handler) as object | undefined;
  Reflect.defineMetadata(RESPONSES, { ...REFUSALS, ...responses }, handler);
}

/** Where people and clients get the tokens that the operations ask for: an issuer, or the endpoints of one. */
export interface SecuritySchemeOptions {
  /** Of an OpenID provider, whose discovery document tells the rest. */
  issuer?: string;
  /** Its authorization endpoint; with `tokenUrl`. */
  authorizationUrl?: string;
  /** Its token endpoint; without `authorizationUrl` clients get tokens for themselves. */
  tokenUrl?: string;
  /** What scope values mean, for people. @default none */
  scopes?: Readonly<Record<string, string>>;
  /** As the option `securityScheme` of the module. @default "oauth2" */
  name?: string;
}

interface Document {
  paths: object;
  components?: { securitySchemes?: Record<string, unknown> };
}

/**
 * Adds the security scheme that the guarded operations of a document name, with the scope values that they ask for.
 *
 * @param document as `SwaggerModule.createDocument` made it; it is changed
 * @throws Error when neither `issuer` nor `tokenUrl` is given
 * @example
 * const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
 * SwaggerModule.setup('docs', app, addSecurityScheme(document, { issuer: 'https://auth.example' }));
 */
export function addSecurityScheme<T extends Document>(document: T, options: SecuritySchemeOptions): T {
  const { name = SECURITY_SCHEME } = options;
  document.components ??= {};
  document.components.securitySchemes = {
    ...document.components.securitySchemes,
    [name]: schemeOf(options, scopesIn(document, name)),
  };
  return document;
}

function schemeOf({ issuer, authorizationUrl, tokenUrl, scopes: words = {} }: SecuritySchemeOptions, used: string[]) {
  if (tokenUrl !== undefined) {
    const scopes = Object.fromEntries(used.map((scope) => [scope, words[scope] ?? '']));
    const flow = authorizationUrl === undefined ? 'clientCredentials' : 'authorizationCode';
    return { type: 'oauth2', flows: { [flow]: { ...(authorizationUrl && { authorizationUrl }), tokenUrl, scopes } } };
  }
  if (issuer === undefined) throw new Error('addSecurityScheme: give issuer or tokenUrl.');
  const openIdConnectUrl = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  return { type: 'openIdConnect', openIdConnectUrl };
}

function scopesIn({ paths }: Document, name: string): string[] {
  const operations = Object.values(paths).flatMap((path: object) => Object.values(path) as unknown[]);
  const requirements = operations.flatMap(
    (operation) => (operation as { security?: Record<string, string[]>[] } | null)?.security ?? [],
  );
  return [...new Set(requirements.flatMap((one) => one[name] ?? []))].sort();
}
