import { SignalError } from '@signal/contracts';
import { type BarColumns, barFields, catalogue, computeBatch, definitionOf } from '@signal/indicators';
import { type Dataset, type Golden, type GoldenCase, listGoldens, readDataset, readGolden } from './golden-folder.ts';
import { MAX_MISSES_PRINTED, type ParityCount, type ParityRequest } from './report.ts';

const DEFAULT_RELATIVE = 1e-9;

type Miss = Readonly<{ output: string; bar: number; got: number | null; want: number | null }>;
type Tolerance = Readonly<{ relative: number; scale: number; isExact: boolean }>;

const fits = (got: number, want: number | null, { relative, scale, isExact }: Tolerance): boolean => {
  if (want === null || !Number.isFinite(got)) return want === null && Number.isNaN(got);
  return isExact ? got === want : Math.abs(got - want) <= relative * Math.max(Math.abs(want), scale);
};

/** Bars whose columns are the golden's inputs, each in the place of the definition's input of the same position. */
const columnsOf = (golden: Golden, dataset: Dataset): BarColumns => {
  const { inputs } = definitionOf(golden.id);
  if (inputs.length !== golden.input_columns.length) {
    throw new SignalError('schema', `input_columns has ${golden.input_columns.length} names, and the indicator reads ${inputs.join(' ')}`);
  }
  const rows = dataset.values().next().value?.length ?? 0;
  const columns: Record<string, Float64Array> = Object.fromEntries(barFields.map((name) => [name, new Float64Array(rows).fill(Number.NaN)]));
  golden.input_columns.forEach((name, index) => {
    const column = dataset.get(name);
    if (column === undefined) throw new SignalError('schema', `dataset ${golden.dataset} has no column ${name}`);
    columns[inputs[index] ?? ''] = column;
  });
  return columns as BarColumns;
};

const expressionOf = (id: string, params: GoldenCase['params']): string => {
  const list = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
  return list.length === 0 ? id : `${id}(${list.join(',')})`;
};

const missesOf = (golden: Golden, goldenCase: GoldenCase, columns: BarColumns): readonly Miss[] => {
  const readings = computeBatch(expressionOf(golden.id, goldenCase.params), columns);
  const misses: Miss[] = [];
  for (const [output, wanted] of Object.entries(goldenCase.outputs)) {
    const got = readings[output];
    if (got?.length !== wanted.length)
      throw new SignalError('schema', `output ${output} has ${got?.length ?? 0} values, and the golden file ${wanted.length}`);
    const tolerance = {
      relative: golden.tolerance.rel ?? DEFAULT_RELATIVE,
      scale: goldenCase.scale?.[output] ?? 0,
      isExact: golden.tolerance.exact === true,
    };
    wanted.forEach((want, bar) => {
      const value = got[bar] ?? Number.NaN;
      if (!fits(value, want, tolerance)) misses.push({ output, bar, got: Number.isNaN(value) ? null : value, want });
    });
  }
  return misses;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Checks one case and prints its misses; true when there are none. */
const checkCase = (request: ParityRequest, golden: Golden, goldenCase: GoldenCase): boolean => {
  const head = `FAIL ${golden.id} ${goldenCase.name}`;
  try {
    const misses = missesOf(golden, goldenCase, columnsOf(golden, readDataset(request.data, golden.dataset)));
    for (const { output, bar, got, want } of misses.slice(0, MAX_MISSES_PRINTED))
      request.print(`${head} ${output} bar=${bar} got=${got} want=${want}`);
    return misses.length === 0;
  } catch (error) {
    request.print(`${head}: ${reasonOf(error)}`);
    return false;
  }
};

const checkFile = (request: ParityRequest, id: string, file: string): ParityCount => {
  let golden: Golden;
  try {
    golden = readGolden(file);
  } catch (error) {
    request.print(`FAIL ${id}: ${reasonOf(error)}`);
    return { passed: 0, failed: 1 };
  }
  if (!catalogue.has(golden.id)) {
    for (const { name } of golden.cases) request.print(`FAIL ${golden.id} ${name}: the catalogue has no such indicator`);
    return { passed: 0, failed: Math.max(1, golden.cases.length) };
  }
  const passed = golden.cases.filter((goldenCase) => checkCase(request, golden, goldenCase)).length;
  // A file without a case shows nothing, which is no success.
  return { passed, failed: golden.cases.length === 0 ? 1 : golden.cases.length - passed };
};

/** Runs the catalogue over a folder of golden files and returns how many cases fit. Throws what reading the folder throws. */
export function checkIndicators(request: ParityRequest): ParityCount {
  const { files, index } = listGoldens(request.goldens);
  const ids = [...new Set([...index, ...files.keys()])].filter((id) => request.ids?.has(id) ?? true);
  let passed = 0;
  let failed = 0;
  for (const id of ids) {
    const file = files.get(id);
    if (file === undefined) request.print(`FAIL ${id}: INDEX.json lists it, and there is no file of it`);
    const count = file === undefined ? { passed: 0, failed: 1 } : checkFile(request, id, file);
    passed += count.passed;
    failed += count.failed;
  }
  return { passed, failed };
}
