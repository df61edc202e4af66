import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { until } from '@signal/testing';
import { createCollector } from './collect-garbage.ts';
import { descriptorProbe, softLimitOf } from './descriptor-probe.ts';
import { diskProbe, diskUsage } from './disk-probe.ts';
import { eventLoopProbe } from './event-loop-probe.ts';
import { defaultMemoryBytes, heapProbe, memoryProbe } from './memory-probes.ts';
import { budgetsOf } from './pressure-settings.ts';
import type { Usage } from './probe.ts';

const budgets =
  (values: Readonly<Record<string, number>> = {}) =>
  () =>
    budgetsOf(values);
const never = () => false;
const ratioOf = (usage: Usage | undefined): number => usage?.ratio ?? Number.NaN;

describe('memory and heap', () => {
  it('are measured against their budgets', async () => {
    const usage = await memoryProbe({ budgets: budgets({ MEMORY_BUDGET_MB: 1 }), collect: never }).measure();
    expect(ratioOf(usage)).toBeGreaterThan(10);
    expect(usage?.words).toMatch(/^\d+ MB are used of 1 MB$/);
    const small = ratioOf(await heapProbe({ budgets: budgets({ HEAP_BUDGET_PERCENT: 1 }), collect: never }).measure());
    const whole = ratioOf(await heapProbe({ budgets: budgets({ HEAP_BUDGET_PERCENT: 100 }), collect: never }).measure());
    expect(small / whole).toBeGreaterThan(50);
  });

  it('are collected before they count as high, and not while there is plenty', async () => {
    let collected = 0;
    const collect = () => (collected += 1) > 0;
    await memoryProbe({ budgets: budgets({ MEMORY_BUDGET_MB: 1_000_000 }), collect }).measure();
    expect(collected).toBe(0);
    await memoryProbe({ budgets: budgets({ MEMORY_BUDGET_MB: 1 }), collect }).measure();
    expect(collected).toBe(1);
  });

  it('take 90 % of a container and half of a machine', () => {
    expect([defaultMemoryBytes(1000, 5000), defaultMemoryBytes(0, 5000), defaultMemoryBytes(2 ** 64, 5000)]).toEqual([900, 2500, 2500]);
  });
});

describe('createCollector', () => {
  const garbage = (): WeakRef<object> => new WeakRef(Array.from({ length: 100_000 }, (_, index) => ({ index })));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('frees garbage, at most once a second', async () => {
    let nowMs = 0;
    const collect = createCollector(() => nowMs);
    const first = garbage();
    await turn();
    expect([collect(), first.deref()]).toEqual([true, undefined]);
    const second = garbage();
    await turn();
    expect([collect(), second.deref() === undefined]).toEqual([false, false]);
    await turn();
    nowMs = 1000;
    expect([collect(), second.deref()]).toEqual([true, undefined]);
  });
});

describe('the event loop', () => {
  it('shows the delay of a loop that is blocked again and again', async () => {
    const probe = eventLoopProbe(budgets({ EVENT_LOOP_BUDGET_MS: 100 }));
    const block = (): void => {
      const untilMs = performance.now() + 60;
      while (performance.now() < untilMs);
    };
    const timer = setInterval(block, 1);
    await until(async () => ratioOf(await probe.measure()) > 0.3, { what: 'a window with delays' });
    clearInterval(timer);
    probe.close?.();
  });

  it('is on time while nothing blocks it for a full window', () => {
    const probe = eventLoopProbe(budgets());
    expect(ratioOf(probe.measure() as Usage)).toBe(0);
    probe.close?.();
  });
});

describe('descriptors', () => {
  it('are counted one by one', async () => {
    const probe = descriptorProbe(budgets({ DESCRIPTOR_BUDGET: 1000 }));
    if ('why' in probe) throw new RangeError(probe.why);
    const before = ratioOf(await probe.measure());
    const opened = Array.from({ length: 100 }, () => openSync('/dev/null', 'r'));
    expect(ratioOf(await probe.measure()) - before).toBeCloseTo(0.1, 2);
    for (const descriptor of opened) closeSync(descriptor);
  });

  it('have the soft limit that the system states', () => {
    expect(softLimitOf('Max open files            1024                 4096                 files')).toBe(1024);
    expect(softLimitOf('Max open files            unlimited            unlimited            files')).toBe(Infinity);
  });
});

describe('the disk', () => {
  it('is measured by what is free against the greater reserve', () => {
    const space = { freeBytes: 2 ** 30, totalBytes: 100 * 2 ** 30 };
    expect(ratioOf(diskUsage('/', space, budgetsOf({ DISK_RESERVE_MB: 512 })))).toBe(0.5);
    expect(diskUsage('/', space, budgetsOf({ DISK_RESERVE_PERCENT: 2 }))).toEqual({ ratio: 2, words: '1024 MB are free at /, and 2048 MB must be' });
  });

  it('is exhausted when nothing is free, and not measured where nothing is reserved or the place is no disk', () => {
    expect(ratioOf(diskUsage('/', { freeBytes: 0, totalBytes: 1 }, budgetsOf({})))).toBeGreaterThan(1);
    expect(diskUsage('/', { freeBytes: 0, totalBytes: 0 }, budgetsOf({}))).toBeUndefined();
    expect(diskUsage('/', { freeBytes: 0, totalBytes: 1 }, budgetsOf({ DISK_RESERVE_MB: 0 }))).toBeUndefined();
  });

  it('is the fullest of its places; one that is not there counts nothing', async () => {
    const usage = await diskProbe(['/no/such/place', tmpdir()], budgets({ DISK_RESERVE_MB: 1 })).measure();
    expect(usage?.words).toContain(`free at ${tmpdir()}`);
  });
});
