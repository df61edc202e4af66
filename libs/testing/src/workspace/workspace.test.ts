import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { docProblems, undocumentedFunctions } from './doc-problems.ts';
import { errorProblems } from './error-problems.ts';
import { dependencyProblems, importProblems, importsOf } from './import-problems.ts';
import { hostsInLockfile, lockfileProblems } from './lockfile-problems.ts';
import { readPackages, type WorkspacePackage } from './packages.ts';
import { rootFolder } from './root-folder.ts';

const packages = readPackages(rootFolder());
const made = (parts: Partial<WorkspacePackage> & { text?: string; file?: string }): WorkspacePackage => ({
  name: '@signal/bus',
  folder: 'libs/bus',
  dependencies: ['@signal/contracts', 'ioredis'],
  devDependencies: [],
  files: [{ file: parts.file ?? 'libs/bus/src/a.ts', text: parts.text ?? '', isTest: (parts.file ?? '').endsWith('.test.ts') }],
  ...parts,
});

describe('workspace layers', () => {
  it.each(packages)('$name declares only the packages its layer allows', (owner) => {
    expect(dependencyProblems(owner)).toEqual([]);
  });

  it.each(packages)('$name imports only what its layer and its manifest allow', (owner) => {
    expect(importProblems(owner)).toEqual([]);
  });

  it('catch a package that declares a forbidden one, or has no row', () => {
    expect(dependencyProblems(made({ dependencies: ['@signal/market'] }))).toEqual([
      'libs/bus/package.json: declares @signal/market, which its layer may not use',
    ]);
    expect(dependencyProblems(made({ name: '@signal/new' }))).toHaveLength(1);
  });

  it.each([
    [`import { x } from '@signal/market';`, 'may not use @signal/market'],
    [`import type { X } from '@signal/contracts/src/keys.ts';`, 'import the package'],
    [`export { x } from './index.ts';`, 'not its index'],
    [`import { x } from './keys';`, 'with its ending'],
    [`import fs from 'fs';`, 'write node:fs'],
    [`const x = await ${'import'}('lodash');`, 'not declared'],
    [`import {\n  x,\n} from '@signal/testing';`, 'may not use @signal/testing'],
  ])('catch %j', (text, problem) => {
    expect(importProblems(made({ text })).join()).toContain(problem);
  });

  it('let a test use the testing library', () => {
    expect(importProblems(made({ text: `import { until } from '@signal/testing';`, file: 'libs/bus/src/a.test.ts' }))).toEqual([]);
  });

  it('see imports over several lines and without names', () => {
    expect(importsOf(`import {\n  a,\n} from 'one';\nimport 'two';\nexport * from 'three';\nconst text = "from 'four'";`)).toEqual([
      'one',
      'two',
      'three',
    ]);
  });
});

describe('workspace documentation', () => {
  it.each(packages)('$name describes every exported function', (owner) => {
    expect(docProblems(owner)).toEqual([]);
  });

  it('catches functions and arrows without a sentence', () => {
    const text = `export function a() {}\n/** Returns b. */\nexport async function b() {}\n/** nothing */\nexport const c = (x: number): number => x;\nexport const d = 3;\n`;
    expect(undocumentedFunctions(text)).toEqual([
      { line: 1, name: 'a' },
      { line: 5, name: 'c' },
    ]);
  });
});

describe('workspace errors', () => {
  it.each(packages)('$name throws no bare Error', (owner) => {
    expect(errorProblems(owner)).toEqual([]);
  });

  it('catch a bare Error', () => {
    expect(errorProblems(made({ text: 'throw new Error("x")' }))).toHaveLength(1);
  });
});

describe('npm commands', () => {
  it('take the place of the shell that npm starts, which would keep a SIGTERM to itself and leave the command running', () => {
    const { scripts } = JSON.parse(readFileSync(join(rootFolder(), 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(Object.values(scripts).filter((script) => !script.startsWith('exec node deploy/toolchain/run.mjs '))).toEqual([]);
  });
});

describe('lockfiles', () => {
  it('name no registry host', () => {
    expect(lockfileProblems(rootFolder())).toEqual([]);
  });

  it('are caught naming one', () => {
    expect(hostsInLockfile('a', 'x:\n  tarball: https://registry.example.com/x.tgz')).toEqual(['a:2: names https://registry.example.com/x.tgz']);
  });
});
