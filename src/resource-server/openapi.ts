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
