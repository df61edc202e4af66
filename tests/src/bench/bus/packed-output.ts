import { WIRE_VERSION } from '@signal/contracts';
import type { OutputMaker } from './output-maker.ts';

const COLUMNS = ['seq', 'tsMs', 'vwap', 'volume'] as const;

/** Makes one packed entry of `greeks`: a head that names instruments and columns, and the columns one after the other as float64. */
export function packedOutput(): OutputMaker {
  const instruments: string[] = [];
  const cells: number[][] = [[], [], [], []];
  return {
    add: ({ instrument, seq, tsMs, value, volume }) => {
      instruments.push(instrument);
      cells[0]?.push(seq);
      cells[1]?.push(tsMs);
      cells[2]?.push(value / volume);
      cells[3]?.push(volume);
    },
    end: () => {
      const head = JSON.stringify({ instruments, columns: COLUMNS });
      const d = Buffer.from(Float64Array.from(cells.flat()).buffer);
      return { topic: 'greeks', fields: { v: WIRE_VERSION, n: String(instruments.length), head, d }, latest: [['newest', d]] };
    },
  };
}
