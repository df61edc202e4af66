import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SignalError } from '@signal/contracts';

/** Reference values of one indicator with one set of parameters; null where there is no value. */
export type GoldenCase = Readonly<{
  name: string;
  params: Readonly<Record<string, unknown>>;
  outputs: Readonly<Record<string, readonly (number | null)[]>>;
  scale?: Readonly<Record<string, number>>;
}>;

/** A golden file: the bars it is computed on, how close a value has to be, and its cases. */
export type Golden = Readonly<{
  id: string;
  dataset: string;
  input_columns: readonly string[];
  tolerance: Readonly<{ rel?: number; exact?: boolean }>;
  cases: readonly GoldenCase[];
}>;

/** Columns of a dataset by name. */
export type Dataset = ReadonlyMap<string, Float64Array>;

const suffix = /\.json(\.gz)?$/;

const readText = (file: string): string => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString('utf8') : readFileSync(file, 'utf8'));

/** Returns the files of a golden folder by id (file name without suffix), and the ids that its INDEX.json lists. */
export function listGoldens(folder: string): Readonly<{ files: ReadonlyMap<string, string>; index: readonly string[] }> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !suffix.test(entry.name) || entry.name === 'INDEX.json') continue;
    files.set(entry.name.replace(suffix, ''), path.join(entry.parentPath, entry.name));
  }
  const indexFile = path.join(folder, 'INDEX.json');
  const index = existsSync(indexFile) ? (JSON.parse(readFileSync(indexFile, 'utf8')) as string[]) : [];
  return { files, index };
}

/** Returns a golden file's content, or throws `schema` when it has none of the format's parts. */
export function readGolden(file: string): Golden {
  const golden = JSON.parse(readText(file)) as Partial<Golden>;
  if (typeof golden.id !== 'string' || !Array.isArray(golden.cases) || !Array.isArray(golden.input_columns)) {
    throw new SignalError('schema', `${path.basename(file)} has no id, input_columns or cases`);
  }
  return golden as Golden;
}

const datasets = new Map<string, Dataset>();

const datasetFile = (folder: string, name: string): string => {
  const plain = path.join(folder, `${name}.csv`);
  return existsSync(plain) ? plain : `${plain}.gz`;
};

/** Returns the columns of `<folder>/<name>.csv` (or .csv.gz), or throws `schema` at a row with another number of columns. */
export function readDataset(folder: string, name: string): Dataset {
  const file = datasetFile(folder, name);
  const known = datasets.get(file);
  if (known !== undefined) return known;
  const [header = '', ...lines] = readText(file).trim().split(/\r?\n/);
  const names = header.split(',');
  const columns = names.map(() => new Float64Array(lines.length));
  lines.forEach((line, row) => {
    const cells = line.split(',');
    if (cells.length !== names.length)
      throw new SignalError('schema', `row ${row + 1} of ${name} has ${cells.length} columns, and must have ${names.length}`);
    columns.forEach((column, index) => {
      column[row] = cells[index] === '' ? Number.NaN : Number(cells[index]);
    });
  });
  const dataset: Dataset = new Map(names.map((column, index) => [column, columns[index] ?? new Float64Array()]));
  datasets.set(file, dataset);
  return dataset;
}
