import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One package of the workspace: its folder (from the top), what its manifest declares, and its source files. */
export type WorkspacePackage = Readonly<{
  name: string;
  folder: string;
  dependencies: readonly string[];
  devDependencies: readonly string[];
  files: readonly SourceFile[];
}>;

/** A TypeScript file; `file` is from the top of the checkout. */
export type SourceFile = Readonly<{ file: string; text: string; isTest: boolean }>;

type Manifest = Readonly<{ name: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string> }>;

/** Tests, and what only tests import. */
const testFile = /\.test\.ts$|\/src\/(?:.*\/)?(?:fixtures|testing)\//;

const readPackage = (root: string, manifestFile: string): WorkspacePackage => {
  const folder = path.dirname(manifestFile);
  const manifest = JSON.parse(readFileSync(path.join(root, manifestFile), 'utf8')) as Manifest;
  const files = globSync(`${folder}/{src,gen}/**/*.ts`, { cwd: root }).sort();
  return {
    name: manifest.name,
    folder,
    dependencies: Object.keys(manifest.dependencies ?? {}),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    files: files.map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8'), isTest: testFile.test(file) })),
  };
};

/** Returns every package of the workspace that is in the checkout at `root`. */
export function readPackages(root: string): readonly WorkspacePackage[] {
  const manifests = globSync(['libs/*/package.json', 'services/*/package.json', 'deploy/local/package.json', 'tests/package.json'], { cwd: root });
  return manifests.sort().map((file) => readPackage(root, file));
}
