import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

// Writes src/generated-definitions.ts: every definition of the category folders, and a version that changes with any of their code.
// With --check it writes nothing and ends with 1 when the file is out of date.

const source = new URL('../src/', import.meta.url);
const target = new URL('generated-definitions.ts', source);

const filesOf = (folder: string): readonly string[] =>
  readdirSync(new URL(folder, source))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}${name}`);

const folders = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => `${entry.name}/`)
  .toSorted();

const exportNameOf = (file: string): string => {
  const name = /^export const (\w+) = defineIndicator\(/m.exec(readFileSync(new URL(file, source), 'utf8'))?.[1];
  if (name === undefined) {
    process.stderr.write(`${file} has no line "export const … = defineIndicator("\n`);
    process.exit(1);
  }
  return name;
};

/** Code without comments and layout, so that formatting a file does not change the version. */
const essence = (file: string): string =>
  readFileSync(new URL(file, source), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replaceAll(/[\s,;'"()]+/g, '');

const categoryFiles = folders
  .filter((folder) => folder !== 'kernels/')
  .flatMap(filesOf)
  .toSorted();
const folded = [...categoryFiles, ...filesOf('kernels/'), 'definition.ts', 'parameters.ts', 'program.ts', 'series.ts', 'compile-expression.ts'];
const version = createHash('sha256')
  .update(folded.map((file) => `${file}:${essence(file)}`).join('\n'))
  .digest('hex')
  .slice(0, 16);

const named = categoryFiles.map((file) => ({ file, name: exportNameOf(file) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
const text = `// Written by npm run gen:catalogue. Do not edit.
${named
  .toSorted((a, b) => (a.file < b.file ? -1 : 1))
  .map(({ file, name }) => `import { ${name} } from './${file}';`)
  .join('\n')}
import type { Definition } from './definition.ts';

/** Version of the arithmetic: it changes with any definition or kernel, and slots of another version cannot be read. */
export const catalogueVersion = '${version}';

/** All definitions in the order of their ids. */
export const definitions: readonly Definition[] = [${named.map(({ name }) => name).join(', ')}];
`;

const essenceOf = (content: string): string => content.replaceAll(/[\s,]+/g, ' ');
const current = ((): string => {
  try {
    return readFileSync(target, 'utf8');
  } catch {
    return '';
  }
})();

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (essenceOf(current) !== essenceOf(text)) {
  process.stderr.write('src/generated-definitions.ts is out of date: run npm run gen:catalogue\n');
  process.exitCode = 1;
}
