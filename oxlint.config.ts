import { defineConfig } from 'oxlint';

const deepImport = { group: ['@signal/*/**'], message: 'import the package, not its files' };
const service = { group: ['@signal/*-service'], message: 'services meet in contracts' };
const nodeModule = { group: ['node:*'], message: 'pure libs do no I/O' };
const purelyComputed = ['libs/{contracts,indicators,options,market}/src/**'];

/** Limits of size and shape are the style guide's; the layers between packages are held by `npm run check -- --only imports`. */
export default defineConfig({
  ignorePatterns: ['**/node_modules/**', '**/dist/**', '**/coverage/**', '**/.data/**', '**/public/**'],
  plugins: ['eslint', 'typescript', 'import', 'unicorn', 'node'],
  categories: { correctness: 'error' },
  options: { typeAware: true, denyWarnings: true },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    complexity: ['error', 12],
    'max-depth': ['error', 3],
    'max-params': ['error', 3],
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'import/no-default-export': 'error',
    'no-console': 'error',
    // Long lists of words are laid out in rows by spreading short ones.
    'unicorn/no-useless-spread': 'off',
    'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'no-restricted-imports': ['error', { patterns: [deepImport, service] }],
  },
  overrides: [
    {
      files: purelyComputed,
      rules: {
        'no-restricted-imports': ['error', { patterns: [deepImport, service, nodeModule] }],
        'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch', 'performance'],
        'no-restricted-properties': ['error', { object: 'Date', property: 'now' }, { object: 'Math', property: 'random' }],
      },
    },
    // A kernel is one hot loop over columns: splitting it costs more than its length.
    {
      files: ['**/kernels/**'],
      rules: { 'max-lines-per-function': ['error', { max: 150, skipBlankLines: true, skipComments: true }], complexity: 'off', 'max-params': 'off' },
    },
    // Tests, and what only tests import.
    {
      files: ['**/*.test.ts', '**/src/**/fixtures/**', '**/src/**/testing/**'],
      rules: {
        'no-restricted-imports': 'off',
        'no-restricted-globals': 'off',
        'no-restricted-properties': 'off',
        'max-lines': 'off',
        'max-lines-per-function': 'off',
        complexity: 'off',
      },
    },
    { files: ['**/*.config.ts', '**/*.config.js', 'libs/testing/jest/*.js', '**/examples/**'], rules: { 'import/no-default-export': 'off' } },
  ],
});
