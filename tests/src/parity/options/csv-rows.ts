import type { GoldenCase } from './golden-case.ts';

/** A row of a golden CSV by column name; an empty or absent cell reads as NaN, which no check lets pass. */
export type CsvRow = Readonly<{ text(column: string): string; number(column: string): number; has(column: string): boolean }>;

const rowOf = (header: ReadonlyMap<string, number>, cells: readonly string[]): CsvRow => {
  const text = (column: string): string => cells[header.get(column) ?? -1] ?? '';
  return { text, number: (column) => (text(column) === '' ? Number.NaN : Number(text(column))), has: (column) => header.has(column) };
};

/** Checks every row of a golden CSV; a row with another number of columns than the header is a miss of its own. */
export function* checkRows(csv: string, check: (row: CsvRow) => GoldenCase['misses']): Iterable<GoldenCase> {
  const lines = csv.split(/\r?\n/).filter((line) => line !== '');
  const names = lines[0]?.split(',') ?? [];
  const header = new Map(names.map((name, index) => [name, index]));
  for (const [index, line] of lines.slice(1).entries()) {
    const cells = line.split(',');
    const name = cells[0] ?? String(index);
    if (cells.length !== names.length) {
      yield { name, misses: [{ output: 'columns', got: String(cells.length), want: String(names.length) }] };
      continue;
    }
    yield { name, misses: check(rowOf(header, cells)) };
  }
}
