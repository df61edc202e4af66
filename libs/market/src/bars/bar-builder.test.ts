import { describe, expect, it } from '@jest/globals';
import type { Bar } from '@signal/contracts';
import { parseInterval } from '@signal/contracts';
import * as fc from 'fast-check';
import { type BarBuilder, type BuilderTrade, createBarBuilder } from './bar-builder.ts';
import { NEVER_MS } from './bar-state.ts';

const OPEN = Date.parse('2018-12-31T14:30Z');
const prompt = { latenessMs: 0, idleMs: 0, throttleMs: 250 };
const tolerant = { latenessMs: 5_000, idleMs: 60_000, throttleMs: 250 };
const trade = (seconds: number, price: number, size = 1): BuilderTrade => ({
  instrument: 'INDEX:SPX',
  tMs: OPEN + seconds * 1_000,
  price,
  size,
  source: 'bridged',
});
const builderOf = (options: typeof prompt, ...intervals: string[]): BarBuilder => {
  const builder = createBarBuilder(options);
  for (const interval of intervals) builder.open('INDEX:SPX', interval);
  return builder;
};
const brief = ({ interval, startMs, open, high, low, close, volume, final, rev }: Bar): string =>
  `${interval}+${(startMs - OPEN) / 1_000} ${open}/${high}/${low}/${close} v${volume}${final ? '' : ' forming'}${rev === 0 ? '' : ` rev${rev}`}`;
const taken = (builder: BarBuilder): string[] => builder.take().map(brief);

describe('a bar builder', () => {
  it('closes a bar when the mark reaches its end, and not before', () => {
    const builder = builderOf(prompt, '1m');
    for (const [seconds, price] of [
      [0, 10],
      [5, 12],
      [55, 9],
    ] as const)
      builder.trade(trade(seconds, price, 3));
    expect(taken(builder)).toEqual(['1m+0 10/12/9/9 v9 forming']);
    builder.mark(OPEN + 59_999);
    expect(taken(builder)).toEqual([]);
    builder.mark(OPEN + 60_000);
    expect(taken(builder)).toEqual(['1m+0 10/12/9/9 v9']);
  });

  it('gives closed bars before forming ones', () => {
    const builder = builderOf(prompt, '1m', '1h');
    builder.trade(trade(0, 10));
    builder.take();
    builder.mark(OPEN + 60_000);
    builder.trade(trade(60, 11));
    expect(taken(builder)).toEqual(['1m+0 10/10/10/10 v1', '1m+60 11/11/11/11 v1 forming', '1h+0 10/11/10/11 v2 forming']);
  });

  it('says a forming bar on its first change, then once per window, the last change at the next mark', () => {
    const builder = builderOf(prompt, '1m');
    builder.trade(trade(0, 10));
    expect(taken(builder)).toHaveLength(1);
    builder.trade(trade(0.1, 11));
    expect(taken(builder)).toEqual([]);
    builder.mark(OPEN + 1_000);
    expect(taken(builder)).toEqual(['1m+0 10/11/10/11 v2 forming']);
    builder.mark(OPEN + 2_000);
    expect(taken(builder)).toEqual([]);
  });

  it('makes no bar of an interval without a trade', () => {
    const builder = builderOf(prompt, '1m');
    builder.trade(trade(0, 10));
    builder.mark(OPEN + 300_000);
    builder.trade(trade(300, 11));
    builder.mark(OPEN + 360_000);
    expect(taken(builder)).toEqual(['1m+0 10/10/10/10 v1', '1m+300 11/11/11/11 v1']);
  });

  it('counts a trade outside the session and puts it in no bar', () => {
    const builder = builderOf(prompt, '1m');
    expect(builder.trade(trade(-1, 10))).toBe('outOfSession');
    expect(builder.trade(trade(6.5 * 3_600, 10))).toBe('outOfSession');
    expect(builder.outOfSession('INDEX:SPX')).toBe(2);
    expect(taken(builder)).toEqual([]);
  });

  it('takes a stamp exactly as late as the feed allows, and refuses one millisecond more', () => {
    const builder = builderOf(tolerant, '1m');
    builder.trade(trade(62, 10));
    expect(builder.judge('INDEX:SPX', OPEN + 56_999)).toBe('late');
    expect(builder.trade(trade(57, 9))).toBe('accepted');
    expect(builder.trade(trade(56.999, 8))).toBe('late');
    builder.trade(trade(65, 11));
    expect(taken(builder)).toEqual(['1m+0 9/9/9/9 v1', '1m+60 10/11/10/11 v2 forming']);
  });

  it('orders prices in a bar by time, then by arrival', () => {
    const builder = builderOf(tolerant, '1m');
    for (const [seconds, price] of [
      [3, 10],
      [1, 11],
      [3, 12],
      [2, 13],
      [1, 14],
    ] as const)
      builder.trade(trade(seconds, price));
    expect(taken(builder)).toEqual(['1m+0 11/14/10/12 v5 forming']);
  });

  it('closes by the mark only after lateness and idleness', () => {
    const builder = builderOf(tolerant, '1m');
    builder.trade(trade(0, 10));
    builder.take();
    builder.mark(OPEN + 124_999);
    expect(taken(builder)).toEqual([]);
    builder.mark(OPEN + 125_000);
    expect(taken(builder)).toEqual(['1m+0 10/10/10/10 v1']);
    expect(builder.judge('INDEX:SPX', OPEN + 59_999)).toBe('late');
  });

  it('closes everything at the end of the feed, and corrects it if trades follow', () => {
    const builder = builderOf(prompt, '1h');
    builder.trade(trade(0, 10));
    builder.closeAll();
    expect(taken(builder)).toEqual(['1h+0 10/10/10/10 v1']);
    builder.closeAll();
    expect(taken(builder)).toEqual([]);
    builder.trade(trade(60, 12));
    expect(taken(builder)).toEqual(['1h+0 10/12/10/12 v2 forming rev1']);
    builder.mark(OPEN + 3_600_000);
    expect(taken(builder)).toEqual(['1h+0 10/12/10/12 v2 rev1']);
  });

  it('says nothing more of a bar closed early when no trade follows', () => {
    const builder = builderOf(prompt, '1h');
    builder.trade(trade(0, 10));
    builder.closeAll();
    builder.take();
    builder.mark(OPEN + 3_600_000);
    expect(taken(builder)).toEqual([]);
  });

  it('goes on with a bar that was begun elsewhere', () => {
    const builder = createBarBuilder(prompt);
    const times = { startMs: OPEN - 86_400_000, endMs: OPEN + 6.5 * 3_600_000, openMs: OPEN - 86_400_000, closeMs: OPEN - 1 };
    const state = { session: '2018-12-31', source: 'recorded', rev: 0, emittedMs: NEVER_MS, dirty: false, closedEarly: false } as const;
    builder.open('INDEX:SPX', '1w', { ...times, ...state, open: 5, high: 20, low: 4, close: 8, volume: 100 });
    builder.trade(trade(0, 10));
    expect(builder.take().map((bar) => [bar.open, bar.high, bar.close, bar.volume, bar.source])).toEqual([[5, 20, 10, 101, 'recorded']]);
  });

  it('names a day of bridged prices recorded and a minute of them bridged', () => {
    const builder = builderOf(prompt, '1m', '1d');
    builder.trade(trade(0, 10));
    expect(builder.take().map((bar) => `${bar.interval} ${bar.source} ${bar.session}`)).toEqual(['1m bridged ', '1d recorded 2018-12-31']);
  });

  it('takes a row of bars into its own interval and longer ones', () => {
    const builder = builderOf(tolerant, '1m', '5m', '30s');
    const interval = parseInterval('1m');
    for (let k = 0; k < 6; k++) {
      const row = {
        instrument: 'INDEX:SPX',
        interval,
        tMs: OPEN + k * 60_000,
        open: k + 1,
        high: k + 3,
        low: k,
        close: k + 2,
        volume: 10,
        source: 'live',
      } as const;
      expect(builder.bar(row)).toBe('accepted');
    }
    builder.closeAll();
    const closed = builder.take().map(brief);
    expect(closed).toHaveLength(8);
    expect(closed.filter((line) => line.startsWith('5m'))).toEqual(['5m+0 1/7/0/6 v50', '5m+300 6/8/5/7 v10']);
  });

  it('refuses a snapshot that it cannot read', () => {
    expect(() => createBarBuilder(prompt, new Uint8Array([1, 2]))).toThrow('not JSON');
  });
});

const steps = fc.array(
  fc.record({ gapMs: fc.integer({ min: 0, max: 40_000 }), price: fc.integer({ min: 1, max: 1_000 }), size: fc.integer({ min: 0, max: 1_000_000 }) }),
  {
    minLength: 1,
    maxLength: 120,
  },
);
const tradesOf = (gaps: readonly Readonly<{ gapMs: number; price: number; size: number }>[]): BuilderTrade[] => {
  let seconds = 0;
  return gaps.map(({ gapMs, price, size }) => trade((seconds += gapMs / 1_000), price, size));
};

describe('bars of any trades', () => {
  it('of a longer interval equal the bars of a shorter one put together, and lose no volume', () => {
    fc.assert(
      fc.property(steps, (gaps) => {
        const trades = tradesOf(gaps);
        const builder = builderOf(prompt, '1m', '15m');
        for (const one of trades) {
          builder.mark(one.tMs);
          builder.trade(one);
        }
        builder.closeAll();
        const finals = builder.take().filter((bar) => bar.final);
        const minutes = finals.filter((bar) => bar.interval === '1m');
        for (const long of finals.filter((bar) => bar.interval === '15m')) {
          const parts = minutes.filter((bar) => bar.startMs >= long.startMs && bar.endMs <= long.endMs);
          expect([long.open, long.close]).toEqual([parts[0]?.open, parts.at(-1)?.close]);
          expect(long.high).toBe(Math.max(...parts.map((bar) => bar.high)));
          expect(long.low).toBe(Math.min(...parts.map((bar) => bar.low)));
          expect(long.volume).toBe(parts.reduce((sum, bar) => sum + bar.volume, 0));
        }
        expect(minutes.reduce((sum, bar) => sum + bar.volume, 0)).toBe(trades.reduce((sum, one) => sum + one.size, 0));
      }),
      { numRuns: 60 },
    );
  });

  it('are final once each, whatever was said of them while they formed', () => {
    fc.assert(
      fc.property(steps, (gaps) => {
        const builder = builderOf(prompt, '1m', '5m');
        const said: Bar[] = [];
        for (const one of tradesOf(gaps)) {
          builder.mark(one.tMs);
          builder.trade(one);
          said.push(...builder.take());
        }
        builder.closeAll();
        said.push(...builder.take());
        const finals = said.filter((bar) => bar.final).map((bar) => `${bar.interval} ${bar.startMs}`);
        expect(new Set(finals).size).toBe(finals.length);
        expect(new Set(said.map((bar) => `${bar.interval} ${bar.startMs}`)).size).toBe(finals.length);
      }),
      { numRuns: 60 },
    );
  });

  it('do not depend on where a snapshot was taken and restored', () => {
    fc.assert(
      fc.property(steps, fc.nat(119), (gaps, cut) => {
        const trades = tradesOf(gaps);
        const run = (snapshotAt: number): string[] => {
          let builder = builderOf(tolerant, '5s', '1m', '1d');
          return trades.flatMap((one, index) => {
            if (index === snapshotAt) builder = createBarBuilder(tolerant, builder.snapshot());
            builder.mark(one.tMs);
            builder.trade(one);
            return builder.take().map((bar) => JSON.stringify(bar));
          });
        };
        expect(run(cut % trades.length)).toEqual(run(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('do not depend on the order of arrival within the lateness, but for equal stamps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 4_999 }), { minLength: 1, maxLength: 30 }), (stamps) => {
        const build = (order: readonly number[]): string[] => {
          const builder = builderOf(tolerant, '1s', '1m');
          for (const ms of order) builder.trade(trade(ms / 1_000, ms + 1, ms));
          builder.closeAll();
          return builder
            .take()
            .filter((bar) => bar.final)
            .map(brief);
        };
        expect(build(stamps)).toEqual(build([...stamps].sort((a, b) => a - b)));
      }),
      { numRuns: 60 },
    );
  });
});
