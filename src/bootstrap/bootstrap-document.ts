// What the bootstrap file says, checked before anything is started: every fault at once, with its path, without values.
import {
  CLIENT_METADATA_MEMBERS,
  type ClientMetadata,
  ClientMetadataError,
  isClientMetadataMember,
  parseClientMetadata,
} from '../clients/client-metadata.js';
import { clientIdFault, clientSecretFault } from '../clients/client-secret.js';
import { InputError } from '../common/input-error.js';
import { addUnknownKeys, type BootstrapEntry, type BootstrapFile } from '../config/bootstrap-file.js';
import type { Resource } from '../tokens/catalogue.js';
import {
  RESOURCE_MEMBERS,
  resourceFromWire,
  SCOPE_MEMBERS,
  type ScopeInput,
  scopeFromWire,
} from '../tokens/catalogue-input.js';
import { canonicalEmail, canonicalUsername } from '../users/canonical.js';
import { checkNewUser, type NewUser, userFromWire } from '../users/user-input.js';
import { UserInputError } from '../users/user-input-error.js';
import { isDefaultPassword } from './default-password.js';

export interface BootstrapClient {
  clientId: string;
  /** Absent: generated where one is needed, outside production. */
  clientSecret?: string;
  metadata: ClientMetadata;
}

/** The file, ready to be applied; the place in a list is the place in the file. */
export interface BootstrapDocument {
  users: NewUser[];
  clients: BootstrapClient[];
  scopes: ScopeInput[];
  resources: Resource[];
}

export const EMPTY_BOOTSTRAP: BootstrapDocument = { users: [], clients: [], scopes: [], resources: [] };

const CLIENT_KEYS = ['client_id', 'client_secret', ...CLIENT_METADATA_MEMBERS];

/** Checks every entry. What it answers is of use only when no fault was added. */
export function checkBootstrap(file: BootstrapFile, production: boolean, faults: string[]): BootstrapDocument {
  const { users, clients, scopes, resources } = file;
  const document = {
    users: users.map((entry, index) => readUser(entry, `users[${index}]`, production, faults)),
    clients: clients.map((entry, index) => readClient(entry, `clients[${index}]`, production, faults)),
    scopes: scopes.map((entry, index) => readScope(entry, `scopes[${index}]`, faults)),
    resources: resources.map((entry, index) => readResource(entry, `resources[${index}]`, faults)),
  };
  refuseTwice(users, 'users', 'username', canonicalUsername, faults);
  refuseTwice(users, 'users', 'email', canonicalEmail, faults);
  refuseTwice(clients, 'clients', 'client_id', String, faults);
  refuseTwice(scopes, 'scopes', 'name', String, faults);
  refuseTwice(resources, 'resources', 'identifier', String, faults);
  return document;
}

function readUser(entry: BootstrapEntry, path: string, production: boolean, faults: string[]): NewUser {
  const user = userFromWire(entry) as NewUser;
  try {
    checkNewUser(user, 'administrator');
  } catch (error) {
    if (!(error instanceof UserInputError)) throw error;
    for (const { member, problem } of error.faults) faults.push(`${path}.${member}: ${problem}`);
    return user;
  }
  if (production && user.password !== undefined && isDefaultPassword(user.password, user.username)) {
    faults.push(`${path}.password: is a default password, which production refuses`);
  }
  return user;
}

function readClient(entry: BootstrapEntry, path: string, production: boolean, faults: string[]): BootstrapClient {
  const { client_id: clientId, client_secret: secret } = entry;
  addUnknownKeys(entry, path, [...CLIENT_KEYS, ...Object.keys(entry).filter(isClientMetadataMember)], faults);
  addFault(`${path}.client_id`, clientId === undefined ? 'must be given' : clientIdFault(clientId), faults);
  if (secret !== undefined && secret !== null) {
    const isExample = production && typeof secret === 'string' && /^change.?me/i.test(secret);
    const problem = isExample ? 'is a default secret, which production refuses' : clientSecretFault(secret);
    addFault(`${path}.client_secret`, problem, faults);
  }
  const client = { clientId: clientId as string, clientSecret: (secret ?? undefined) as string | undefined };
  try {
    return { ...client, metadata: parseClientMetadata(entry, 'administrator') };
  } catch (error) {
    if (!(error instanceof ClientMetadataError)) throw error;
    for (const { member, problem } of error.faults) faults.push(`${path}.${member}: ${problem}`);
    return { ...client, metadata: entry as never };
  }
}

function readScope(entry: BootstrapEntry, path: string, faults: string[]): ScopeInput {
  addUnknownKeys(entry, path, SCOPE_MEMBERS, faults);
  return read(scopeFromWire, entry, path, faults);
}

function readResource(entry: BootstrapEntry, path: string, faults: string[]): Resource {
  addUnknownKeys(entry, path, RESOURCE_MEMBERS, faults);
  return read(resourceFromWire, entry, path, faults);
}

function read<T>(parse: (entry: object) => T, entry: BootstrapEntry, path: string, faults: string[]): T {
  try {
    return parse(entry);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const { member, problem } of error.faults) faults.push(`${path}.${member}: ${problem}`);
    return entry as T;
  }
}

function refuseTwice(
  entries: readonly BootstrapEntry[],
  section: string,
  member: string,
  canonical: (value: string) => string,
  faults: string[],
): void {
  const first = new Map<string, number>();
  for (const [index, { [member]: value }] of entries.entries()) {
    if (typeof value !== 'string') continue;
    const key = canonical(value);
    const other = first.get(key);
    if (other === undefined) first.set(key, index);
    else faults.push(`${section}[${index}].${member}: is the same as that of ${section}[${other}]`);
  }
}

function addFault(path: string, problem: string | undefined, faults: string[]): void {
  if (problem !== undefined) faults.push(`${path}: ${problem}`);
}
