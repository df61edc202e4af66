import { latestField, type Signal, WIRE_VERSION } from '@signal/contracts';
import type { OutputMaker } from './output-maker.ts';

/** Makes one JSON entry of `indicators`, as the indicator service does. */
export function jsonOutput(): OutputMaker {
  const texts: string[] = [];
  const latest = new Map<string, string>();
  return {
    add: ({ instrument, seq, tsMs, value, volume }) => {
      const signal: Signal = { instrument, expression: 'vwap', seq, tsMs, final: true, data: { vwap: value / volume } };
      const text = JSON.stringify(signal);
      texts.push(text);
      latest.set(latestField(signal), text);
    },
    end: () => ({
      topic: 'indicators',
      fields: { v: WIRE_VERSION, n: String(texts.length), json: `[${texts.join(',')}]` },
      latest: [...latest],
    }),
  };
}
