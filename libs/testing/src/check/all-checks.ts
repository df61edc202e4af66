import { docProblems } from '../workspace/doc-problems.ts';
import { errorProblems } from '../workspace/error-problems.ts';
import { dependencyProblems, importProblems } from '../workspace/import-problems.ts';
import { lockfileProblems } from '../workspace/lockfile-problems.ts';
import { readPackages, type WorkspacePackage } from '../workspace/packages.ts';
import { rootFolder } from '../workspace/root-folder.ts';
import type { Check } from './check.ts';
import { toolCheck } from './tool-check.ts';

const perPackage = (name: string, problems: (owner: WorkspacePackage) => readonly string[]): Check => ({
  name,
  find: async () => readPackages(rootFolder()).flatMap(problems),
});

/** Everything that `npm run check` holds, cheapest explanation first. `types` builds every package; `test-types` adds the tests. */
export const allChecks: readonly Check[] = [
  toolCheck('types', ['tsc', '-b']),
  toolCheck('test-types', ['tsc', '-p', 'tsconfig.tests.json']),
  toolCheck('lint', ['oxlint', '--format=unix']),
  toolCheck('format', ['oxfmt', '--check']),
  perPackage('imports', (owner) => [...dependencyProblems(owner), ...importProblems(owner)]),
  perPackage('docs', docProblems),
  perPackage('errors', errorProblems),
  { name: 'lockfiles', find: async () => lockfileProblems(rootFolder()) },
];
