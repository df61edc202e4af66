import { isBuiltin } from 'node:module';
import { allowedImports } from './layers.ts';
import type { SourceFile, WorkspacePackage } from './packages.ts';

const staticImport = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
const dynamicImport = /\bimport\(\s*['"]([^'"]+)['"]/g;
/** What tests of every package get from the top of the workspace. */
const testPackages = ['@jest/globals', '@signal/testing', 'fast-check'];

/** Returns the specifiers that a source file imports or re-exports from. */
export function importsOf(text: string): readonly string[] {
  return [staticImport, dynamicImport].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** Returns the package of a specifier: `pg` of `pg/lib/x`, `@signal/bus` of `@signal/bus`. */
export function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

const relativeProblem = (specifier: string): string | undefined => {
  if (!/\.(ts|js|json)$/.test(specifier)) return 'a relative import names the file with its ending';
  return /(^|\/)index\.ts$/.test(specifier) ? 'inside a package import the file, not its index' : undefined;
};

const layerProblem = (owner: WorkspacePackage, specifier: string, isTest: boolean): string | undefined => {
  const name = packageOf(specifier);
  if (!name.startsWith('@signal/')) return undefined;
  if (specifier !== name) return 'import the package, not a file inside it';
  return isTest || allowedImports[owner.name]?.includes(name) ? undefined : `${owner.name} may not use ${name}`;
};

const problemOf = (owner: WorkspacePackage, source: SourceFile, specifier: string): string | undefined => {
  if (specifier.startsWith('.')) return relativeProblem(specifier);
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? undefined : `write node:${specifier}`;
  const name = packageOf(specifier);
  if (source.isTest && testPackages.includes(name)) return undefined;
  const isDeclared = [...owner.dependencies, ...owner.devDependencies].includes(name);
  return layerProblem(owner, specifier, source.isTest) ?? (isDeclared ? undefined : `${name} is not declared in ${owner.folder}/package.json`);
};

/** Returns the imports of a package that the table of layers, its manifest or our way of writing specifiers forbids. */
export function importProblems(owner: WorkspacePackage): readonly string[] {
  return owner.files.flatMap((source) =>
    importsOf(source.text).flatMap((specifier) => {
      const problem = problemOf(owner, source, specifier);
      return problem === undefined ? [] : [`${source.file}: imports '${specifier}': ${problem}`];
    }),
  );
}

/** Returns the declared dependencies of a package that the table of layers forbids; a package without a row may use nothing. */
export function dependencyProblems(owner: WorkspacePackage): readonly string[] {
  const row = allowedImports[owner.name];
  if (row === undefined) return [`${owner.folder}: ${owner.name} has no row in libs/testing/src/workspace/layers.ts`];
  const ours = owner.dependencies.filter((name) => name.startsWith('@signal/'));
  return ours.filter((name) => !row.includes(name)).map((name) => `${owner.folder}/package.json: declares ${name}, which its layer may not use`);
}
