// The bootstrap file as it is written: read, parsed and taken apart; what its entries say is checked by bootstrap/.
import { readDocument } from './document-file.js';

/** A user, client, scope, resource or identity provider as the file writes it. */
export type BootstrapEntry = Record<string, unknown>;

const SECTIONS = ['users', 'clients', 'scopes', 'resources', 'identity_providers'] as const;

/** The sections of the file; what it does not mention is empty. */
export type BootstrapFile = Record<(typeof SECTIONS)[number], BootstrapEntry[]>;

/** Reads the file; adds a fault for all that is wrong with its form, never with its content. */
export function readBootstrapFile(path: string, faults: string[]): BootstrapFile {
  const unreadable: string[] = [];
  const document = readDocument(path, unreadable);
  faults.push(...unreadable.map((problem) => `BOOTSTRAP_FILE ${problem}.`));
  return takeApart(document, faults);
}

/**
 * @param document what the file holds; nothing is an empty file
 * @param name what whoever wrote it calls it
 */
export function takeApart(document: unknown, faults: string[], name = 'BOOTSTRAP_FILE'): BootstrapFile {
  const file: BootstrapFile = { users: [], clients: [], scopes: [], resources: [], identity_providers: [] };
  if (document === undefined || document === null) return file;
  if (!isEntry(document)) {
    faults.push(`${name} must hold an object with: ${SECTIONS.join(', ')}.`);
    return file;
  }
  addUnknownKeys(document, '', SECTIONS, faults);
  for (const section of SECTIONS) file[section] = readSection(document[section], section, faults);
  return file;
}

/** Adds a fault for every key that is not known, with the one that was probably meant. */
export function addUnknownKeys(entry: object, path: string, known: readonly string[], faults: string[]): void {
  for (const key of Object.keys(entry)) {
    if (known.includes(key)) continue;
    const meant = known.find((one) => letters(one) === letters(key));
    faults.push(`${path === '' ? '' : `${path}.`}${shown(key)}: is unknown${meant ? `, use ${meant}` : ''}`);
  }
}

function readSection(section: unknown, name: string, faults: string[]): BootstrapEntry[] {
  if (section === undefined || section === null) return [];
  if (!Array.isArray(section)) {
    faults.push(`${name}: must be a list`);
    return [];
  }
  // Entries keep their place: it is part of the path of every fault.
  return section.map((entry: unknown, index) => {
    if (isEntry(entry)) return entry;
    faults.push(`${name}[${index}]: must be an object`);
    return {};
  });
}

function isEntry(value: unknown): value is BootstrapEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function letters(key: string): string {
  return key.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
}

function shown(key: string): string {
  return /^[\w.:-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
}
