// What the built-in plug-ins are made of is there for those of host applications: every symbol that one of them imports
// is exported by the package.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../support/state.js';

const BARRELS = ['src/index.ts', 'src/resource-server/index.ts'];
const DECORATOR = /^@(Grant|ClientAuth|TokenFormat|ResponseType|ResponseMode|Claims|Endpoint)\(/m;

/** The endpoints whose answers are pages of ours: a host writes its own with `AuthorizationServer`. */
const PAGES = ['src/oauth/endpoints/authorize.controller.ts', 'src/pages/sign-out.controller.ts'];
/** What stays inside, and why. */
const INTERNAL: Record<string, string> = {
  'src/sessions/browser-state.ts#BrowserState': 'the cookie of our own sessions, which one built-in page alone reads',
  'src/oauth/endpoints/published-document.ts#PublishedResponder':
    'an answer before Fastify and Nest: in a host application nothing goes past the host',
};

interface Symbols {
  file: string;
  names: string[];
}

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022, true);
const target = (file: string, specifier: ts.Expression): string | undefined => {
  const text = (specifier as ts.StringLiteral).text;
  return text.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), text)).replace(/\.js$/, '.ts') : undefined;
};

/** What a file takes from other files of ours. */
function importsOf(file: string): Symbols[] {
  return parse(file).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return [];
    const from = target(file, statement.moduleSpecifier);
    const bindings = statement.importClause?.namedBindings;
    if (from === undefined || !bindings || !ts.isNamedImports(bindings)) return [];
    return [{ file: from, names: bindings.elements.map((one) => (one.propertyName ?? one.name).text) }];
  });
}

/** What a file declares for others. */
function declarationsOf(file: string): string[] {
  return parse(file).statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    return 'name' in statement && statement.name ? [(statement.name as ts.Identifier).text] : [];
  });
}

/** `file#name` of everything that the package exports. */
function exported(): Set<string> {
  return new Set(
    BARRELS.flatMap((barrel) =>
      parse(barrel).statements.flatMap((statement) => {
        if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) return [];
        const from = target(barrel, statement.moduleSpecifier);
        if (from === undefined) return [];
        const { exportClause } = statement;
        const names =
          exportClause && ts.isNamedExports(exportClause)
            ? exportClause.elements.map((one) => (one.propertyName ?? one.name).text)
            : declarationsOf(from);
        return names.map((name) => `${from}#${name}`);
      }),
    ),
  );
}

const plugins = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file}`)
  .filter(
    (file) =>
      file.endsWith('.ts') && !file.endsWith('.spec.ts') && DECORATOR.test(readFileSync(join(ROOT, file), 'utf8')),
  );

describe('the public API', () => {
  const known = exported();

  it('knows the built-in plug-ins of every kind', () => {
    const kinds = plugins.map((file) => DECORATOR.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1]);
    expect(new Set(kinds)).toEqual(
      new Set(['Grant', 'ClientAuth', 'TokenFormat', 'ResponseType', 'ResponseMode', 'Claims', 'Endpoint']),
    );
  });

  it.each(plugins.filter((file) => !PAGES.includes(file)))('has everything that %s uses', (plugin) => {
    const used = importsOf(plugin)
      .filter(({ file }) => !plugins.includes(file))
      .flatMap(({ file, names }) => names.map((name) => `${file}#${name}`));
    expect(used.filter((symbol) => !known.has(symbol) && !(symbol in INTERNAL))).toEqual([]);
  });

  it('keeps inside only what is used by a built-in plug-in and not exported', () => {
    const used = new Set(
      plugins.flatMap(importsOf).flatMap(({ file, names }) => names.map((name) => `${file}#${name}`)),
    );
    expect(Object.keys(INTERNAL).filter((symbol) => !used.has(symbol) || known.has(symbol))).toEqual([]);
  });
});
