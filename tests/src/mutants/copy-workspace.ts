import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Folders of packages; what they hold besides sources is not copied. */
const PACKAGE_FOLDERS = ['libs', 'services', 'deploy'] as const;
const ROOT_FILES = ['package.json', 'pnpm-workspace.yaml', 'jest.config.js', 'tsconfig.base.json', 'tsconfig.json'] as const;
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', '.data', 'coverage']);

/** Sources and the links of `node_modules`: links between our packages are relative, so that they lead to the copy's. */
const copyPackage = (from: string, to: string): void => {
  cpSync(from, to, { recursive: true, filter: (path) => path === from || !LEFT_OUT.has(basename(path)) });
  const modules = join(from, 'node_modules');
  if (existsSync(modules)) cpSync(modules, join(to, 'node_modules'), { recursive: true, verbatimSymlinks: true });
};

/** The root's modules lead to the original; those of ours, again, to the copy. */
const linkRootModules = (from: string, to: string): void => {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '@signal') cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
};

/** Copies the sources of the workspace to an empty folder in which its tests run on the copy alone. */
export function copyWorkspace(root: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of ROOT_FILES) if (existsSync(join(root, file))) cpSync(join(root, file), join(to, file));
  for (const folder of PACKAGE_FOLDERS) {
    for (const name of readdirSync(join(root, folder))) {
      if (name === 'toolchain' || !lstatSync(join(root, folder, name)).isDirectory()) continue;
      copyPackage(join(root, folder, name), join(to, folder, name));
    }
  }
  copyPackage(join(root, 'tests'), join(to, 'tests'));
  linkRootModules(join(root, 'node_modules'), join(to, 'node_modules'));
}
