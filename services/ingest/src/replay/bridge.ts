import type { DayRow } from './day-row.ts';
import { createRandom, nearNormal, type Random } from './random.ts';

/** The ticks of a session: the k-th at k × 5 seconds after the open. */
export type BridgedTicks = Readonly<{ prices: Float64Array; sizes: Float64Array }>;

/** Range of a Brownian path of n steps is about 1.6 · sigma · √n, so this sigma fills the recorded range. */
const RANGE_OF_SIGMA = 1.6;

/** Puts a value back into [low, high] by reflection at the borders. */
const reflected = (value: number, low: number, high: number): number => {
  const width = high - low;
  if (width <= 0) return low;
  const folded = Math.abs((value - low) % (2 * width));
  return folded <= width ? low + folded : high - (folded - width);
};

type Pin = Readonly<{ at: number; price: number }>;

/** Where the path must be: the open first, the close last, high and low at drawn ticks between unless an end is one of them. */
const pinsOf = (row: DayRow, count: number, random: Random): readonly Pin[] => {
  const inner = count - 2;
  const first = 1 + Math.floor(random() * (inner - 1));
  const second = first + 1 + Math.floor(random() * (inner - first));
  const highFirst = random() < 0.5;
  const pins: Pin[] = [{ at: 0, price: row.open }];
  const place = (at: number, price: number): void => {
    if (price !== row.open && price !== row.close) pins.push({ at, price });
  };
  place(first, highFirst ? row.high : row.low);
  place(second, highFirst ? row.low : row.high);
  pins.push({ at: count - 1, price: row.close });
  return pins;
};

const bridgePrices = (row: DayRow, count: number, random: Random): Float64Array => {
  const prices = new Float64Array(count);
  const pins = pinsOf(row, count, random);
  const sigma = (row.high - row.low) / (RANGE_OF_SIGMA * Math.sqrt(count));
  for (let p = 1; p < pins.length; p++) {
    const from = pins[p - 1] as Pin;
    const to = pins[p] as Pin;
    let value = from.price;
    for (let k = from.at + 1; k < to.at; k++) {
      // One step of a Brownian bridge towards the next pin: drift to it, variance shrinking with the way left.
      const left = to.at - k + 1;
      value += (to.price - value) / left + sigma * Math.sqrt((left - 1) / left) * nearNormal(random);
      value = reflected(value, row.low, row.high);
      prices[k] = Math.min(row.high, Math.max(row.low, Math.round(value * 100) / 100));
    }
    prices[to.at] = to.price;
  }
  prices[0] = row.open;
  return prices;
};

/** Whole sizes that sum to the volume exactly: rounded steps of a U-shaped cumulative curve. */
const bridgeSizes = (volume: number, count: number, random: Random): Float64Array => {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let k = 0; k < count; k++) {
    const x = (2 * k) / (count - 1) - 1;
    total += (0.4 + 1.8 * x * x) * (0.5 + random());
    cumulative[k] = total;
  }
  const sizes = new Float64Array(count);
  let given = 0;
  for (let k = 0; k < count; k++) {
    const upTo = k === count - 1 ? volume : Math.floor((volume * (cumulative[k] ?? 0)) / total);
    sizes[k] = upTo - given;
    given = upTo;
  }
  return sizes;
};

/**
 * Returns `count` ticks (at least 8) that rebuild a day exactly: first the open, last the close, high and low touched, nothing beyond
 * them, sizes summing to the volume. A seeded Brownian bridge; the same instrument, date and seed give the same ticks.
 */
export function bridgeDay(row: DayRow, { instrument, count }: Readonly<{ instrument: string; count: number }>): BridgedTicks {
  const random = createRandom(`${instrument}|${row.day}|1`);
  return { prices: bridgePrices(row, count, random), sizes: bridgeSizes(row.volume, count, random) };
}
