/** The sources as the compiler's own parser sees them: imports of every form, texts, uses of `process.env`. */
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  isTemplateExpression,
  type Node,
  type SourceFile,
  type StringLiteral,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceText {
  /** Path from the root, such as `src/core/errors.ts`. */
  readonly path: string;
  /** Files of this repository that it imports, types too, as paths from the root. */
  readonly imports: readonly string[];
  /** Files of this repository that it starts as a thread or process by their URL. */
  readonly starts: readonly string[];
  /** Everything else that it imports, such as `node:fs` or `pg`. */
  readonly packages: readonly string[];
  /** Texts and templates, those that name modules left out. */
  readonly texts: readonly string[];
  readonly usesEnvironment: boolean;
}

/** Reads every TypeScript file below src/. */
export function readSources(): readonly SourceText[] {
  const api = new API({ cwd: ROOT });
  try {
    const project = api.updateSnapshot({ openProjects: [join(ROOT, 'tsconfig.json')] }).getProjects()[0];
    if (!project) throw new Error('tsconfig.json is no project');
    return project.rootFiles
      .filter((file) => relative(ROOT, file).startsWith('src/'))
      .map((file) => {
        const source = project.program.getSourceFile(file);
        if (!source) throw new Error(`the compiler does not know ${file}`);
        return describeSource(relative(ROOT, file), source);
      });
  } finally {
    api.close();
  }
}

/** Paths of all files below the given folders, from the root, but for fixtures. */
export async function listFiles(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map((folder) => readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })),
  );
  return found
    .flat()
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/fixtures'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function describeSource(path: string, source: SourceFile): SourceText {
  const modules: string[] = [];
  const starts: string[] = [];
  const texts: string[] = [];
  let usesEnvironment = false;
  const visit = (node: Node): void => {
    const module = moduleOf(node);
    if (module !== undefined) modules.push(module);
    else if (isModuleUrl(node)) starts.push(node.text);
    else if (isText(node)) texts.push(node.getText(source));
    if (isPropertyAccessExpression(node) && /^process\s*\.\s*env$/.test(node.getText(source)))
      usesEnvironment = true;
    node.forEachChild(visit);
  };
  visit(source);
  const isLocal = (module: string) => module.startsWith('.');
  return {
    path,
    imports: modules.filter(isLocal).map((module) => join(dirname(path), module)),
    starts: starts.map((module) => join(dirname(path), module)),
    packages: modules.filter((module) => !isLocal(module)),
    texts,
    usesEnvironment,
  };
}

/** The module that a node names: `import`, `export … from`, `import()`, `import('…').Type`. */
function moduleOf(node: Node): string | undefined {
  if (!isStringLiteral(node)) return undefined;
  const { parent } = node;
  if (isImportDeclaration(parent) || isExportDeclaration(parent)) return node.text;
  if (isLiteralTypeNode(parent) && isImportTypeNode(parent.parent)) return node.text;
  if (isCallExpression(parent) && parent.expression.kind === SyntaxKind.ImportKeyword) return node.text;
  return undefined;
}

/** `new URL('./thread.ts', import.meta.url)` */
function isModuleUrl(node: Node): node is StringLiteral {
  return (
    isStringLiteral(node) &&
    node.parent.kind === SyntaxKind.NewExpression &&
    /^\.{1,2}\/.*\.[tj]s$/.test(node.text)
  );
}

function isText(node: Node): boolean {
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) || isTemplateExpression(node);
}

/** Cycles among the files, each as the paths in order; files import each other by relative paths. */
export function findCycles(sources: readonly SourceText[]): readonly (readonly string[])[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const next of importsOf.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of importsOf.keys()) walk(path, []);
  return cycles;
}
