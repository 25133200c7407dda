// Which optional peers are not there, when an import failed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Manifest {
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, unknown>;
}

/** @returns what to install, e.g. `typeorm@^1.0.0`, quoted for a shell; empty when the error has another cause */
export function missingPackages(error: unknown): string[] {
  if ((error as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') return [];
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(text) as Manifest;
  return Object.keys(peerDependenciesMeta)
    .filter((name) => !isInstalled(name))
    .map((name) => `'${name}@${peerDependencies[name]}'`);
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== 'MODULE_NOT_FOUND';
  }
}
