// What is published, and the files that must say the same as the source.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_VARIABLES } from '../../src/config/env.js';
import { ROOT } from '../support/state.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
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

  it('pins every dependency to one version', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
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
