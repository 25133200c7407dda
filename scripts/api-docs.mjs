// docs/api: what each public subpath exports, from its TSDoc; one file a subpath. What has no words stops it.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, Converter, ReflectionKind } from 'typedoc';
import { ROOT } from './build.mjs';

const PACKAGE = 'nest-authorization-server';
const SUBPATHS = ['', 'resource-server', 'relying-party', 'testing'];

const NEEDS_WORDS =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.Function |
  ReflectionKind.Variable |
  ReflectionKind.TypeAlias;

/**
 * What the plug-in for Markdown adds.
 * @type {object}
 */
const MARKDOWN = {
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationVisibility: 'compact',
  expandObjects: false,
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
};

/** @returns the text of each file below docs/api, by its name; and the names of what is exported without a doc comment */
export async function apiDocs() {
  const entryPoints = SUBPATHS.map((subpath) => join('src', subpath, 'index.ts')).filter((path) =>
    existsSync(join(ROOT, path)),
  );
  const app = await Application.bootstrapWithPlugins({
    name: PACKAGE,
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    basePath: ROOT,
    entryPoints: entryPoints.map((path) => join(ROOT, path)),
    tsconfig: join(ROOT, 'tsconfig.json'),
    logLevel: 'Error',
    skipErrorChecking: true,
    readme: 'none',
    disableSources: true,
    disableGit: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    hideGenerator: true,
    sort: ['alphabetical'],
    validation: false,
    ...MARKDOWN,
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const subpath of project.children ?? []) subpath.name = subpath.name.replace(/^src\/?/, '') || PACKAGE;
    for (const reflection of Object.values(project.reflections)) {
      if (isNoise(reflection)) project.removeReflection(reflection);
      else if (reflection.name === '__namedParameters') reflection.name = 'given';
    }
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the source.');
  const exported = (project.children ?? []).flatMap(({ children }) => children ?? []);
  const silent = new Set(exported.filter(lacksWords).map(({ name }) => name));
  return { files: await render(app, project), silent: [...silent].sort() };
}

async function render(app, project) {
  const out = mkdtempSync(join(tmpdir(), 'nas-docs-'));
  try {
    await app.outputs.writeOutput({ name: 'markdown', path: out }, project);
    return new Map(
      readdirSync(out)
        .filter((name) => name.endsWith('.md'))
        .sort()
        .map((name) => [name, titled(readFileSync(join(out, name), 'utf8'), name)]),
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Under the name by which it is imported. */
function titled(text, name) {
  const subpath = SUBPATHS.find((one) => one && name === `${one}.md`);
  return subpath ? text.replace(`# ${subpath}\n`, `# ${PACKAGE}/${subpath}\n`) : text;
}

/** What comes from a base class is said there, and what is injected makes itself. */
function isNoise(reflection) {
  if (reflection.inheritedFrom) return true;
  return reflection.kindOf?.(ReflectionKind.Constructor) && !reflection.signatures?.some(({ comment }) => comment);
}

function lacksWords(reflection) {
  if (!reflection.kindOf(NEEDS_WORDS)) return false;
  const comments = [reflection.comment, ...(reflection.signatures ?? []).map(({ comment }) => comment)];
  return !comments.some((comment) => comment?.summary.length || comment?.blockTags.length);
}
