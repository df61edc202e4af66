import { WIRE_VERSION } from '@signal/contracts';
import type { OutputMaker } from './output-maker.ts';

/** The columns of a packed signal: 64 bytes a tick, as much as the rival's XADD carries. */
const COLUMNS = ['instrument', 'seq', 'tsMs', 'vwap', 'value', 'volume', 'price', 'size'] as const;
const HEAD = JSON.stringify({ columns: COLUMNS });

/** Makes one packed entry of `greeks`: a head that names the columns, and the columns one after the other as float64. */
export function packedOutput(ticks: number): OutputMaker {
  const cells = new Float64Array(ticks * COLUMNS.length);
  let row = 0;
  return {
    add: ({ index, seq, tsMs, value, volume }, price, size) => {
      // Written out: an array of the eight and its iterator cost 0.06 us a tick.
      cells[row] = index;
      cells[ticks + row] = seq;
      cells[2 * ticks + row] = tsMs;
      cells[3 * ticks + row] = value / volume;
      cells[4 * ticks + row] = value;
      cells[5 * ticks + row] = volume;
      cells[6 * ticks + row] = price;
      cells[7 * ticks + row] = size;
      row += 1;
    },
    end: () => {
      const d = Buffer.from(cells.buffer);
      return { topic: 'greeks', fields: { v: WIRE_VERSION, n: String(ticks), head: HEAD, d }, latest: [['newest', d]] };
    },
  };
}
