// What a client may register by itself: the common rules of client metadata, and of the rest what this server has.
// @see RFC 7591 §2, §3.2.1, OIDC Registration §2 https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
import { Injectable } from '@nestjs/common';
import {
  type CLIENT_METADATA_MEMBERS,
  type ClientMetadata,
  ClientMetadataError,
  type MetadataFault,
  parseClientMetadata,
} from '../../clients/client-metadata.js';
import type { RegistrationInput } from '../../clients/client-registrations.js';
import { jsonFault } from '../../common/json.js';
import { isLoopbackHost } from '../../common/redirect-uri.js';
import { parseUrl } from '../../common/url.js';
import { type Lifetimes, ServerOptions } from '../../config/options.js';
import { Catalogue, isIdentityScope } from '../../tokens/catalogue.js';
import { Metadata } from '../metadata.js';
import { SectorIdentifiers } from './sector-identifiers.js';
import { SoftwareStatements } from './software-statements.js';

type Member = (typeof CLIENT_METADATA_MEMBERS)[number];

/** Where the metadata of the server says which values it has. */
const SUPPORTED: readonly [member: Member, supported: string][] = [
  ['grant_types', 'grant_types_supported'],
  ['response_types', 'response_types_supported'],
  ['token_endpoint_auth_method', 'token_endpoint_auth_methods_supported'],
  ['token_endpoint_auth_signing_alg', 'token_endpoint_auth_signing_alg_values_supported'],
  ['id_token_signed_response_alg', 'id_token_signing_alg_values_supported'],
  ['id_token_encrypted_response_alg', 'id_token_encryption_alg_values_supported'],
  ['id_token_encrypted_response_enc', 'id_token_encryption_enc_values_supported'],
  ['userinfo_signed_response_alg', 'userinfo_signing_alg_values_supported'],
  ['userinfo_encrypted_response_alg', 'userinfo_encryption_alg_values_supported'],
  ['userinfo_encrypted_response_enc', 'userinfo_encryption_enc_values_supported'],
  ['request_object_signing_alg', 'request_object_signing_alg_values_supported'],
  ['request_object_encryption_alg', 'request_object_encryption_alg_values_supported'],
  ['request_object_encryption_enc', 'request_object_encryption_enc_values_supported'],
  ['subject_type', 'subject_types_supported'],
];
/** A client may ask for less than the server's, not for more. */
const LIFETIMES: readonly [member: Member, lifetime: Exclude<keyof Lifetimes, 'accessTokenByGrantType'>][] = [
  ['access_token_lifetime', 'accessToken'],
  ['refresh_token_lifetime', 'refreshToken'],
  ['refresh_token_absolute_lifetime', 'refreshTokenAbsolute'],
  ['refresh_token_grace', 'refreshTokenGrace'],
];

@Injectable()
export class RegistrableMetadata {
  constructor(
    private readonly server: Metadata,
    private readonly catalogue: Catalogue,
    private readonly statements: SoftwareStatements,
    private readonly sectors: SectorIdentifiers,
    private readonly options: ServerOptions,
  ) {}

  /**
   * The metadata of a registration, with the defaults.
   * @param present the client as it is: it keeps what an administrator has given it
   * @throws ClientMetadataError
   * @throws InvalidSoftwareStatementError, UnapprovedSoftwareStatementError
   */
  async parse(body: Record<string, unknown>, present: Partial<ClientMetadata> = {}): Promise<RegistrationInput> {
    refuse(jsonFault(body));
    const statement = body.software_statement ?? undefined;
    // RFC 7591 §2.3: what the statement says goes before what is said beside it.
    const input = { ...body, ...(statement !== undefined && (await this.statements.read(statement))) };
    refuse(jsonFault(input));
    if (!input.scope && isForPeople(input)) input.scope = await this.identityScopes();
    const metadata = parseClientMetadata(input, 'registration', present);
    refuse(
      ...(await this.unsupported(metadata)),
      ...(await this.unknownScopes(metadata, present)),
      ...unfitRedirects(metadata),
      ...this.excesses(metadata, present),
    );
    refuse(await this.sectors.faultOf(metadata));
    return { metadata, softwareStatement: statement as string | undefined };
  }

  private async identityScopes(): Promise<string> {
    const names = (await this.catalogue.listScopes()).map(({ name }) => name);
    return names.filter(isIdentityScope).join(' ');
  }

  private async unsupported(metadata: ClientMetadata): Promise<MetadataFault[]> {
    const server = await this.server.document();
    return SUPPORTED.flatMap(([member, supported]) => {
      const values = (server[supported] ?? []) as string[];
      const known = new Set(values.map(sorted));
      const asked = [metadata[member] ?? []].flat() as string[];
      if (asked.every((value) => known.has(sorted(value)))) return [];
      return [{ member, problem: values.length > 0 ? `must be of: ${values.join(', ')}` : 'is not supported here' }];
    });
  }

  private async unknownScopes({ scope }: ClientMetadata, present: Partial<ClientMetadata>): Promise<MetadataFault[]> {
    const had = present.scope?.split(' ') ?? [];
    const known = new Set([...had, ...(await this.catalogue.listScopes()).map(({ name }) => name)]);
    const isKnown = scope === undefined || scope.split(' ').every((value) => known.has(value));
    return isKnown ? [] : [{ member: 'scope', problem: 'has a value that is not known here' }];
  }

  private excesses(metadata: ClientMetadata, present: Partial<ClientMetadata>): MetadataFault[] {
    const { assertionAudience, lifetimes } = this.options;
    const faults: MetadataFault[] = LIFETIMES.flatMap(([member, lifetime]) => {
      const most = Math.max(lifetimes[lifetime], Number(present[member] ?? 0));
      return Number(metadata[member] ?? 0) > most ? [{ member, problem: `must not be more than ${most}` }] : [];
    });
    const audience = metadata.assertion_audience;
    if (audience === 'endpoints' && ![assertionAudience, present.assertion_audience].includes(audience))
      faults.push({ member: 'assertion_audience', problem: 'must be issuer, unless an administrator allows it' });
    return faults;
  }
}

/** Does anybody sign in at the client? A machine has no use for what is known of people. */
function isForPeople({ grant_types: grantTypes }: Record<string, unknown>): boolean {
  return !Array.isArray(grantTypes) || grantTypes.some((one) => one !== 'client_credentials');
}

/** A response type is a set. */
function sorted(value: string): string {
  return value.split(' ').sort().join(' ');
}

/** OIDC Registration §2, application_type. */
function unfitRedirects(metadata: ClientMetadata): MetadataFault[] {
  const { application_type: type, grant_types: grantTypes, redirect_uris: uris } = metadata;
  return uris.flatMap((uri, index) => {
    const { protocol, hostname } = parseUrl(uri) as URL;
    const member = `redirect_uris[${index}]`;
    if (type === 'native') {
      const fits = protocol === 'http:' ? isLoopbackHost(hostname) : protocol !== 'https:';
      return fits ? [] : [{ member, problem: 'must have a scheme of its own, or be http on a loopback host' }];
    }
    const fits = !grantTypes.includes('implicit') || (protocol === 'https:' && hostname !== 'localhost');
    return fits ? [] : [{ member, problem: 'must be https, and not on localhost, for the grant type implicit' }];
  });
}

function refuse(...faults: readonly (MetadataFault | undefined)[]): void {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new ClientMetadataError(found);
}
