// The options of the guards, checked and complete. Whatever is wrong stops the start, each fault with its member.
import { VERIFICATION_ALGORITHMS } from '../common/algorithms.js';
import { type InputFault, InputError } from '../common/input-error.js';
import { SIGNATURE_ALGORITHMS } from '../common/algorithms.js';
import { JwkSet } from '../common/jwk-set.js';
import type {
  IntrospectionOptions,
  IssuerOptions,
  JwtOptions,
  ResourceServerOptions,
} from './resource-server.options.js';
import { audiencesOf } from './resources.js';
import { issuerUrlFault } from './verifiers/issuer-requests.js';

/** Of the provider of {@link CheckedOptions}. */
export const RESOURCE_SERVER_OPTIONS = Symbol('ResourceServerOptions');

/** An issuer of the options; times in milliseconds but for the tolerance. */
export interface CheckedIssuer {
  issuer: string;
  jwt?: {
    jwksUri?: string;
    jwks?: JwkSet;
    algorithms: readonly string[];
    maxEntries: number;
    clockTolerance: number;
  };
  introspection?: Required<Omit<IntrospectionOptions, 'endpoint'>> & { endpoint?: string; clockTolerance: number };
  timeout: number;
  cooldown: number;
  maxStale: number;
}

export interface CheckedOptions extends Omit<ResourceServerOptions, 'issuer' | 'issuers' | 'jwt' | 'introspection'> {
  realm: string;
  /** Whatever tokens may be bound to: each guard takes its part of them. */
  audiences: readonly string[];
  issuers: readonly CheckedIssuer[];
}

const ISSUER_MEMBERS = ['issuer', 'jwt', 'introspection', 'clockTolerance', 'timeout', 'cooldown', 'maxStale'];
const JWT_MEMBERS = ['jwksUri', 'jwks', 'algorithms', 'maxEntries'];
const INTROSPECTION_MEMBERS = ['endpoint', 'clientId', 'clientSecret', 'maxAge', 'maxInactiveAge', 'maxEntries'];

/** @throws InputError that names every fault */
export function checkOptions({ issuer, jwt, introspection, ...options }: ResourceServerOptions): CheckedOptions {
  const check = new OptionsCheck();
  const audiences = audiencesOf(options);
  if (![options.audience ?? []].flat().every((one) => typeof one === 'string' && one !== ''))
    check.fault('audience', 'must be a text, or a list of texts');
  if (issuer !== undefined && options.issuers)
    check.fault('issuer', 'is short for the only one of issuers: give one of both');
  if (issuer === undefined && (jwt !== undefined || introspection))
    check.fault('issuer', 'is missing, while jwt or introspection is there');
  const short = issuer === undefined ? [] : [check.issuer('', { issuer, jwt, introspection }, audiences)];
  const issuers = (options.issuers ?? []).map((one, index) => check.issuer(`issuers[${index}].`, one, audiences));
  issuers.forEach(({ issuer: name }, index) => {
    if (issuers.findIndex((other) => other.issuer === name) < index)
      check.fault(`issuers[${index}].issuer`, 'is there twice');
  });
  check.end();
  return { ...options, realm: options.realm ?? 'api', audiences, issuers: [...short, ...issuers] };
}

/** Collects the faults. */
class OptionsCheck {
  private readonly faults: InputFault[] = [];

  fault(member: string, problem: string): void {
    this.faults.push({ member, problem });
  }

  end(): void {
    if (this.faults.length > 0) throw new InputError(this.faults);
  }

  issuer(path: string, options: IssuerOptions, audiences: readonly string[]): CheckedIssuer {
    const { issuer, jwt = options.introspection === undefined, introspection } = options;
    if (path) this.members(path, options, ISSUER_MEMBERS);
    this.url(`${path}issuer`, issuer);
    const clockTolerance = this.seconds(`${path}clockTolerance`, options.clockTolerance, 10);
    const checkedJwt = jwt === false ? undefined : this.jwt(`${path}jwt.`, jwt === true ? {} : jwt);
    if (checkedJwt && audiences.length === 0)
      this.fault('audience', `is needed: a JWT of ${issuer} must say that it is meant for this application`);
    if (!checkedJwt && !introspection) this.fault(`${path}jwt`, 'must not be false without introspection');
    return {
      issuer,
      jwt: checkedJwt && { ...checkedJwt, clockTolerance },
      introspection: introspection && { ...this.introspection(`${path}introspection.`, introspection), clockTolerance },
      timeout: this.seconds(`${path}timeout`, options.timeout, 5) * 1000,
      cooldown: this.seconds(`${path}cooldown`, options.cooldown, 10) * 1000,
      maxStale: this.seconds(`${path}maxStale`, options.maxStale, 86_400) * 1000,
    };
  }

  private jwt(path: string, options: JwtOptions): Omit<NonNullable<CheckedIssuer['jwt']>, 'clockTolerance'> {
    const { jwksUri, jwks, algorithms = SIGNATURE_ALGORITHMS, maxEntries = 10_000 } = options;
    this.members(path, options, JWT_MEMBERS);
    if (jwksUri !== undefined) this.url(`${path}jwksUri`, jwksUri);
    const keys = jwks === undefined ? undefined : JwkSet.from(jwks);
    if (jwks !== undefined && !keys) this.fault(`${path}jwks`, 'must be a JWK Set');
    if (!Array.isArray(algorithms) || algorithms.length === 0)
      this.fault(`${path}algorithms`, 'must be a list of algorithms');
    else
      algorithms.forEach((one: string, index) => {
        if (!VERIFICATION_ALGORITHMS.includes(one))
          this.fault(`${path}algorithms[${index}]`, `must be one of ${VERIFICATION_ALGORITHMS.join(', ')}`);
      });
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 0) this.fault(`${path}maxEntries`, 'must be a number, or 0');
    return { jwksUri, jwks: keys, algorithms, maxEntries };
  }

  private introspection(
    path: string,
    options: IntrospectionOptions,
  ): Omit<NonNullable<CheckedIssuer['introspection']>, 'clockTolerance'> {
    const { endpoint, clientId, clientSecret, maxEntries = 10_000 } = options;
    this.members(path, options, INTROSPECTION_MEMBERS);
    if (endpoint !== undefined) this.url(`${path}endpoint`, endpoint);
    for (const [name, value] of Object.entries({ clientId, clientSecret }))
      if (typeof value !== 'string' || value === '') this.fault(`${path}${name}`, 'is missing');
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
      this.fault(`${path}maxEntries`, 'must be a positive number');
    const maxAge = this.seconds(`${path}maxAge`, options.maxAge, 30) * 1000;
    const maxInactiveAge = this.seconds(`${path}maxInactiveAge`, options.maxInactiveAge, 5) * 1000;
    return { endpoint, clientId, clientSecret, maxEntries, maxAge, maxInactiveAge: Math.min(maxInactiveAge, maxAge) };
  }

  private url(member: string, value: unknown): void {
    const problem = issuerUrlFault(value);
    if (problem) this.fault(member, problem);
  }

  private seconds(member: string, value: unknown, byDefault: number): number {
    if (value === undefined) return byDefault;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    this.fault(member, 'must be a number of seconds');
    return byDefault;
  }

  private members(path: string, options: object, known: readonly string[]): void {
    for (const name of Object.keys(options)) if (!known.includes(name)) this.fault(`${path}${name}`, 'is not known');
  }
}
