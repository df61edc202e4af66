import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { catalogue, definitionOf } from './catalogue.ts';
import { computeBatch } from './compute-batch.ts';
import type { BarColumns } from './definition.ts';
import { barFields } from './program.ts';

type Golden = {
  id: string;
  dataset: string;
  input_columns: string[];
  tolerance: { rel?: number; exact?: boolean };
  cases: { name: string; params: Record<string, number>; outputs: Record<string, (number | null)[]>; scale: Record<string, number> }[];
};

const folder = new URL('../goldens/', import.meta.url);
const unzip = (file: URL): string => gunzipSync(readFileSync(file)).toString('utf8');

const barsOf = (dataset: string): BarColumns => {
  const lines = unzip(new URL(`data/${dataset}.csv.gz`, folder))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  return Object.fromEntries(barFields.map((name, index) => [name, Float64Array.from(lines, (cells) => Number(cells[index + 1]))])) as BarColumns;
};

const goldens = ['goog/', 'syntha/'].flatMap((set) =>
  readdirSync(new URL(set, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => JSON.parse(unzip(new URL(set + name, folder))) as Golden),
);

// Values of TA-Lib 0.8 on GOOG and on made-up bars; ../goldens/README.md says where they come from.
describe.each(goldens)('$id on $dataset', (golden) => {
  const bars = barsOf(golden.dataset);

  it.each(golden.cases)('equals its reference, case $name', ({ params, outputs, scale }) => {
    const list = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
    const readings = computeBatch(list.length === 0 ? golden.id : `${golden.id}(${list.join(',')})`, bars);
    expect(Object.keys(readings)).toEqual(Object.keys(outputs));
    expect(definitionOf(golden.id).inputs).toEqual(golden.input_columns);
    for (const [name, wanted] of Object.entries(outputs)) {
      const got = [...(readings[name] ?? [])];
      expect(got.map((value) => Number.isNaN(value))).toEqual(wanted.map((value) => value === null));
      const bound = (want: number): number => (golden.tolerance.exact === true ? 0 : 1e-9 * Math.max(Math.abs(want), scale[name] ?? 0));
      expect(wanted.filter((want, row) => want !== null && Math.abs((got[row] ?? 0) - want) > bound(want))).toEqual([]);
    }
  });
});

describe('the golden folder', () => {
  it('has a file for every indicator of the catalogue', () => {
    expect(new Set(goldens.map(({ id }) => id))).toEqual(new Set(catalogue.keys()));
  });
});
