// The form of a client: what it offers, what was sent, and the metadata that it stands for.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { Injectable } from '@nestjs/common';
import { type ClientMetadata, ClientMetadataError, type MetadataFault } from '../clients/client-metadata.js';
import { ADMINISTERED_GRANT_TYPES, LEGACY_GRANT_TYPES } from '../clients/grant-types.js';
import type { Parameters } from '../common/parameters.js';
import { ClientAuthenticator } from '../oauth/client-auth/client-authenticator.js';
import { GrantRegistry } from '../oauth/grants/grant-registry.js';
import { ResponseTypeRegistry } from '../oauth/response-types/response-type-registry.js';
import { Catalogue } from '../tokens/catalogue.js';
import type { Choice, ClientFormView } from './views/view-models.js';

const DEFAULTS = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
};

type FormFields = Pick<ClientFormView, 'values' | 'grantTypes' | 'responseTypes' | 'authMethods'>;

@Injectable()
export class ClientFormReader {
  constructor(
    private readonly grants: GrantRegistry,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly clientAuth: ClientAuthenticator,
    private readonly catalogue: Catalogue,
  ) {}

  /** A new client's form. */
  empty(): FormFields {
    return this.fields({}, DEFAULTS);
  }

  /** The form of a client that exists. */
  registered(metadata: ClientMetadata): FormFields {
    const { client_name, client_uri, scope, jwks_uri } = metadata;
    return this.fields(
      { client_name, client_uri, scope, jwks_uri, redirect_uris: metadata.redirect_uris.join('\n') },
      metadata,
    );
  }

  /** The form again as it was sent. */
  sent(form: Parameters): FormFields {
    const first = (name: string): string | undefined => form.getAll(name)[0];
    return this.fields(
      {
        client_name: first('client_name'),
        client_uri: first('client_uri'),
        scope: first('scope'),
        jwks_uri: first('jwks_uri'),
        redirect_uris: first('redirect_uris'),
      },
      {
        grant_types: words(form, 'grant_types'),
        response_types: lines(form, 'response_types'),
        token_endpoint_auth_method: first('token_endpoint_auth_method') ?? '',
      },
    );
  }

  /** The metadata members that the form stands for; a field left empty is null. */
  read(form: Parameters): Record<string, unknown> {
    return {
      client_name: form.get('client_name')?.trim() || undefined,
      client_uri: form.get('client_uri') ?? null,
      scope: form.get('scope') ?? null,
      redirect_uris: words(form, 'redirect_uris'),
      grant_types: words(form, 'grant_types'),
      response_types: lines(form, 'response_types'),
      jwks_uri: form.get('jwks_uri')?.trim() ?? null,
      token_endpoint_auth_method: form.get('token_endpoint_auth_method') ?? DEFAULTS.token_endpoint_auth_method,
    };
  }

  /**
   * What self-service may choose; what an administrator has given stays.
   * @throws ClientMetadataError
   */
  async check(metadata: ClientMetadata, present: Partial<ClientMetadata>): Promise<void> {
    const faults: MetadataFault[] = [];
    const refuse = (
      member: string,
      chosen: readonly string[],
      offered: readonly string[],
      had: readonly string[] = [],
    ): void => {
      const odd = chosen.filter((value) => !offered.includes(value) && !had.includes(value));
      if (odd.length > 0) faults.push({ member, problem: 'has a value that is not available here' });
    };
    refuse('scope', scopeValues(metadata.scope), await this.availableScopes(), scopeValues(present.scope));
    refuse('grant_types', metadata.grant_types, this.grants.names(), present.grant_types);
    refuse('response_types', metadata.response_types, this.responseTypes.names(), present.response_types);
    refuse('token_endpoint_auth_method', [metadata.token_endpoint_auth_method], this.clientAuth.names());
    if (faults.length > 0) throw new ClientMetadataError(faults);
  }

  async availableScopes(): Promise<string[]> {
    const scopes = await this.catalogue.listScopes();
    return scopes.filter(({ administrative }) => !administrative).map(({ name }) => name);
  }

  private fields(
    values: FormFields['values'],
    chosen: Pick<ClientMetadata, 'grant_types' | 'response_types' | 'token_endpoint_auth_method'>,
  ): FormFields {
    const offered = this.responseTypes.names().filter((name) => isOffered(this.responseTypes.get(name).grantTypes));
    return {
      values,
      grantTypes: choices(
        this.grants.names().filter((name) => !ADMINISTERED_GRANT_TYPES.includes(name)),
        chosen.grant_types,
      ),
      responseTypes: choices(offered, chosen.response_types),
      authMethods: choices(this.clientAuth.names(), [chosen.token_endpoint_auth_method]),
    };
  }
}

/** Of the response types those that nobody has to allow, and that give the client something. */
function isOffered(grantTypes: readonly string[]): boolean {
  return grantTypes.length > 0 && !grantTypes.some((name) => LEGACY_GRANT_TYPES.includes(name));
}

/** Offered values, and those that were chosen elsewhere. */
function choices(offered: readonly string[], chosen: readonly string[]): Choice[] {
  const all = [...new Set([...offered, ...chosen.filter(Boolean)])];
  return all.map((value) => ({
    value,
    selected: chosen.includes(value),
    legacy: LEGACY_GRANT_TYPES.includes(value) || /(^| )(id_)?token( |$)/.test(value),
  }));
}

/** Values of check boxes, or of a text with one a line. */
function lines(form: Parameters, name: string): string[] {
  return form.getAll(name).flatMap((value) =>
    value
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .filter(Boolean),
  );
}

/** The same where a value has no spaces: they separate as well. */
function words(form: Parameters, name: string): string[] {
  return lines(form, name).flatMap((line) => line.split(/\s+/));
}

function scopeValues(scope: string | undefined): string[] {
  return scope?.split(' ').filter(Boolean) ?? [];
}
