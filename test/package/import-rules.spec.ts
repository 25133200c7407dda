// The import rules bite: every one of them is broken once in a scratch tree, and must say so.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LEVELS } from '../../.dependency-cruiser.mjs';
import { ROOT } from '../support/state.js';

const FOLDERS = [...LEVELS.flat().filter((name) => name !== 'server'), 'testing'];

function fileIn(name: string, file: string): string {
  return name === 'server' ? `${file}.ts` : `${name}/${file}.ts`;
}

/** What a file of another folder imports; a level above that is `server` has app.module.ts. */
function pathTo(name: string): string {
  if (name === 'main') return '../main.js';
  return name === 'server' ? '../app.module.js' : `../${name}/a.js`;
}

/** rule → file and what it imports */
const VIOLATIONS: Record<string, [file: string, ...imports: string[]]> = {
  ...Object.fromEntries(
    LEVELS.flatMap((level, index) =>
      level.map((name) => [`layer-${name}`, [fileIn(name, 'v'), pathTo(LEVELS[index + 1]?.[0] ?? 'main')]]),
    ),
  ),
  'layer-server': ['serve.ts', './cli/a.js'],
  'layer-users': ['users/v.ts', '../clients/a.js'],
  'layer-clients': ['clients/v.ts', '../tokens/a.js'],
  'layer-tokens': ['tokens/v.ts', '../users/a.js'],
  'layer-config': ['config/v.ts', '../events/a.js'],
  'known-folder': ['elsewhere/v.ts', '../common/a.js'],
  'resource-server-stays-small': ['resource-server/w.ts', 'typeorm', '../config/a.js'],
  'resource-server-brings-what-it-needs': ['resource-server/x.ts', 'fastify'],
  'relying-party-stays-small': ['relying-party/w.ts', '../users/a.js'],
  'relying-party-brings-what-it-needs': ['relying-party/x.ts', 'fastify'],
  'no-database-below-database': ['config/w.ts', 'pg'],
  'no-foreign-entity-or-repository': ['oauth/w.ts', '../users/user.entity.js'],
  'no-circular': ['oauth/circle-1.ts', './circle-2.js'],
  'no-barrel': ['oauth/index.ts', './a.js'],
  'no-import-of-the-public-barrel': ['oauth/x.ts', '../index.js'],
  'no-unreachable': ['oauth/lonely.ts', './a.js'],
  'no-unresolvable': ['oauth/y.ts', './nowhere.js'],
  'no-dev-dependency': ['oauth/z.ts', 'autocannon'],
};

describe('import rules', () => {
  let scratch: string;
  let broken: Map<string, string[]>;
  let all: string[];

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'nas-imports-'));
    for (const name of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(ROOT, name), join(scratch, name));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(scratch, 'src', file)), { recursive: true });
      writeFileSync(join(scratch, 'src', file), text);
    };
    const importing = (paths: string[]): string => paths.map((path) => `import '${path}';\n`).join('');
    for (const folder of FOLDERS) write(`${folder}/a.ts`, 'export const a = 1;\n');
    for (const [file, ...imports] of Object.values(VIOLATIONS)) write(file, importing(imports));
    write('users/user.entity.ts', importing(['../common/a.js']));
    write('oauth/circle-2.ts', importing(['./circle-1.js']));
    write('app.module.ts', importing(['./pages/a.js']));
    write('index.ts', importing(['./oauth/a.js']));
    write('main.ts', importing(['./app.module.js', './cli/a.js']));

    const depcruise = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const args = [depcruise, 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
    const output = await new Promise<string>((done) => {
      execFile(process.execPath, args, { cwd: scratch, maxBuffer: 1 << 26 }, (_error, stdout) => done(stdout));
    });
    const { summary } = JSON.parse(output) as {
      summary: {
        violations: { from: string; rule: { name: string; severity: string } }[];
        ruleSetUsed: { forbidden: { name: string; severity: string }[] };
      };
    };
    broken = new Map();
    for (const { from, rule } of summary.violations) {
      if (rule.severity === 'error') broken.set(rule.name, [...(broken.get(rule.name) ?? []), from]);
    }
    all = summary.ruleSetUsed.forbidden.map(({ name }) => name);
  }, 60_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(Object.entries(VIOLATIONS))('%s is an error', (rule, [file]) => {
    expect(broken.get(rule)).toContain(`src/${file}`);
  });

  it('has a case here for every rule', () => {
    expect(all.filter((name) => !(name in VIOLATIONS))).toEqual([]);
  });
});
