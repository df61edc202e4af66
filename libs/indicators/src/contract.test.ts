import { describe, expect, it } from '@jest/globals';
import { isSignalError, type ParameterSpec, parseExpression } from '@signal/contracts';
import fc from 'fast-check';
import { catalogue, definitionOf } from './catalogue.ts';
import { compileExpression } from './compile-expression.ts';
import { computeBatch } from './compute-batch.ts';
import type { BarColumns } from './definition.ts';
import { barAt, madeUpBars } from './made-up-bars.ts';
import { barFields } from './program.ts';
import type { Series } from './series.ts';

type Values = Readonly<Record<string, unknown>>;

const textOf = (id: string, values: Values): string => {
  const list = Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  return list.length === 0 ? id : `${id}(${list.join(',')})`;
};

const arbitraryOf = (spec: ParameterSpec): fc.Arbitrary<unknown> => {
  switch (spec.type) {
    case 'int':
      return fc.integer({ min: spec.min, max: Math.min(spec.max, spec.min + 40) });
    case 'float':
      return fc.integer({ min: -50, max: 50 }).map((tenths) => tenths / 10);
    case 'matype':
      return fc.constantFrom(...Object.keys(spec.values));
    case 'bool':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...spec.values);
  }
};

const valuesOf = (id: string): fc.Arbitrary<Values> =>
  fc.record(Object.fromEntries(Object.entries(definitionOf(id).entry.params).map(([name, spec]) => [name, arbitraryOf(spec)])));

/** A slab with other slots' numbers around the slot, which nobody may touch. */
const guarded = (series: Series): { slab: Float64Array; at: number } => {
  const at = 7;
  const slab = new Float64Array(series.stride + 2 * at).fill(42);
  series.reset(slab, at);
  return { slab, at };
};

const stream = (series: Series, columns: BarColumns): readonly number[][] => {
  const { slab, at } = guarded(series);
  const readings = Array.from({ length: columns.close.length }, (_, row) => [...series.update(slab, at, barAt(columns, row))]);
  expect([...slab.subarray(0, at), ...slab.subarray(at + series.stride)]).toEqual(Array.from({ length: 2 * at }, () => 42));
  return readings;
};

const batch = (series: Series, columns: BarColumns): readonly number[][] => {
  const readings = computeBatch(series, columns);
  return Array.from({ length: columns.close.length }, (_, row) => series.outputs.map((name) => readings[name]?.[row] ?? 0));
};

const rowsFor = (series: Series): number => 2 * series.warmup + 60;
const runs = { numRuns: 25, seed: 3 } as const;

describe.each([...catalogue.keys()])('%s', (id) => {
  const { entry, inputs } = definitionOf(id);
  const everyValues = (check: (series: Series) => void): void => {
    check(compileExpression(id));
    fc.assert(
      fc.property(valuesOf(id), (values) => check(compileExpression(textOf(id, values)))),
      runs,
    );
  };

  it('stays silent for exactly its declared warm-up', () => {
    everyValues((series) => {
      stream(series, madeUpBars(rowsFor(series))).forEach((reading, row) => {
        expect([series.canonical, row, reading.map((value) => Number.isFinite(value))]).toEqual([
          series.canonical,
          row,
          reading.map(() => row >= series.warmup),
        ]);
      });
    });
    expect(compileExpression(id).warmup).toBe(entry.warmup);
  });

  it('streams what it computes in batch, bit for bit, and touches no other slot', () => {
    everyValues((series) => {
      const columns = madeUpBars(rowsFor(series), 5);
      expect(stream(series, columns)).toEqual(batch(series, columns));
    });
  });

  it('peeks what the update would give, and leaves its state', () => {
    everyValues((series) => {
      const columns = madeUpBars(rowsFor(series), 6);
      const { slab, at } = guarded(series);
      for (let row = 0; row < columns.close.length; row++) {
        const before = [...slab];
        const other = [...series.peek(slab, at, Float64Array.of(200, 210, 190, 205, 1))];
        const peeked = [...series.peek(slab, at, barAt(columns, row))];
        expect([...slab]).toEqual(before);
        expect(peeked).toEqual([...series.update(slab, at, barAt(columns, row))]);
        expect(other).toHaveLength(series.outputs.length);
      }
    });
  });

  it('continues from a copy of its slot with equal bits', () => {
    fc.assert(
      fc.property(valuesOf(id), fc.integer({ min: 0, max: 150 }), (values, cut) => {
        const series = compileExpression(textOf(id, values));
        const columns = madeUpBars(cut + 80, 7);
        const { slab, at } = guarded(series);
        for (let row = 0; row < cut; row++) series.update(slab, at, barAt(columns, row));
        const copy = slab.slice(at, at + series.stride);
        for (let row = cut; row < cut + 80; row++) {
          const expected = [...series.update(slab, at, barAt(columns, row))];
          expect([...series.update(copy, 0, barAt(columns, row))]).toEqual(expected);
        }
      }),
      runs,
    );
  });

  it('answers a bar whose input is missing with nulls, and goes on as if it had not been', () => {
    const series = compileExpression(id);
    const columns = madeUpBars(rowsFor(series), 8);
    const whole = stream(series, columns);
    const { slab, at } = guarded(series);
    whole.forEach((reading, row) => {
      for (const name of inputs) {
        for (const missing of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const bar = barAt(columns, row);
          bar[barFields.indexOf(name)] = missing;
          expect([...series.update(slab, at, bar)]).toEqual(reading.map(() => Number.NaN));
        }
      }
      expect([...series.update(slab, at, barAt(columns, row))]).toEqual(reading);
    });
  });

  it('gives numbers for any finite bars once it is warm', () => {
    const price = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 1e-9, max: 1e9, noNaN: true }), fc.constant(100));
    const bar = fc.tuple(price, price, price, price, price);
    fc.assert(
      fc.property(valuesOf(id), fc.array(bar, { minLength: 1, maxLength: 200 }), (values, bars) => {
        const series = compileExpression(textOf(id, values));
        const { slab, at } = guarded(series);
        bars.forEach((fields, row) => {
          const reading = [...series.update(slab, at, Float64Array.of(...fields))];
          expect(reading.map((value) => Number.isFinite(value))).toEqual(reading.map(() => row >= series.warmup));
        });
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it('accepts its bounds and refuses what lies beyond them', () => {
    for (const [name, spec] of Object.entries(entry.params)) {
      if (!('min' in spec)) continue;
      for (const value of [spec.min, spec.max]) expect(parseExpression(`${id}(${name}=${value})`, catalogue).params[name]).toBe(value);
      for (const value of [spec.min - Math.max(1, Math.abs(spec.min)), spec.max * 2]) {
        let caught: unknown;
        try {
          parseExpression(`${id}(${name}=${value})`, catalogue);
        } catch (error) {
          caught = error;
        }
        expect(isSignalError(caught, 'expression_invalid') && caught.errors[0]).toMatchObject({ offset: id.length + 1 });
      }
    }
  });
});
