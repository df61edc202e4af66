import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chainCases } from './options/chain-cases.ts';
import { edgeEntries } from './options/edge-entries.ts';
import { europeanRows } from './options/european-rows.ts';
import type { GoldenCase, GoldenSuite } from './options/golden-case.ts';
import { impliedRows } from './options/implied-rows.ts';
import { publishedEntries } from './options/published-entries.ts';
import { MAX_MISSES_PRINTED, type ParityCount, type ParityRequest } from './report.ts';

/** What is checked, by file name without suffix. */
const suites: ReadonlyMap<string, GoldenSuite> = new Map([
  ['bsm', europeanRows('bsm')],
  ['black76', europeanRows('black76')],
  ['iv', impliedRows],
  ['chains', chainCases],
  ['edge', edgeEntries],
  ['published', publishedEntries],
]);

const suffix = /\.(csv|json)(\.gz)?$/;
const nothing: ParityCount = { passed: 0, failed: 0 };
const oneFailed: ParityCount = { passed: 0, failed: 1 };

const textOf = (file: string): string => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)).toString('utf8');

const countCase = (request: ParityRequest, id: string, { name, misses }: GoldenCase): boolean => {
  for (const { output, got, want } of misses.slice(0, MAX_MISSES_PRINTED)) request.print(`FAIL ${id} ${name} ${output} got=${got} want=${want}`);
  return misses.length === 0;
};

const checkFile = (request: ParityRequest, id: string, file: string | undefined): ParityCount => {
  const suite = suites.get(id);
  if (file === undefined || suite === undefined) {
    request.print(suite === undefined ? `FAIL ${id}: no model of this name is built` : `FAIL ${id}: there is no ${id}.csv or ${id}.json`);
    return oneFailed;
  }
  try {
    let { passed, failed } = nothing;
    for (const golden of suite(textOf(file))) {
      if (countCase(request, id, golden)) passed += 1;
      else failed += 1;
    }
    // A file without a case shows nothing, which is no success.
    return passed + failed === 0 ? oneFailed : { passed, failed };
  } catch (error) {
    request.print(`FAIL ${id}: ${error instanceof Error ? error.message : String(error)}`);
    return oneFailed;
  }
};

/** Checks the option models on a folder of golden files and returns how many cases fit. Throws what reading the folder throws. */
export function checkOptions(request: ParityRequest): ParityCount {
  const names = readdirSync(request.goldens).filter((name) => suffix.test(name));
  const files = new Map(names.sort().map((name) => [name.replace(suffix, ''), path.join(request.goldens, name)]));
  let total = nothing;
  for (const id of request.ids ?? files.keys()) {
    const { passed, failed } = checkFile(request, id, files.get(id));
    total = { passed: total.passed + passed, failed: total.failed + failed };
  }
  return total;
}
