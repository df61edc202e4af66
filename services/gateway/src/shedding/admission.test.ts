import { describe, expect, it } from '@jest/globals';
import { CAPACITY_PER_S, type Load, type Run, simulate } from '../testing/admission-simulation.ts';
import { type Admission, createAdmission, priorities, type Priority } from './admission.ts';

const steady =
  (times: number): Load =>
  () =>
    times * CAPACITY_PER_S;
const run = (load: Load, seed: number, forMs = 30_000): Run => simulate({ load, forMs, seed });
const servedShare = (of: Run, priority: Priority): number => of.byClass[priority].served / of.byClass[priority].offered;
const shedShare = (of: Run): number => {
  const all = priorities.map((priority) => of.byClass[priority]);
  return all.reduce((sum, { shed }) => sum + shed, 0) / all.reduce((sum, { offered }) => sum + offered, 0);
};
/** Part of the capacity that was used in [from, to) seconds. */
const goodput = (of: Run, from: number, to: number): number =>
  of.servedBySecond.slice(from, to).reduce((sum, served) => sum + served, 0) / ((to - from) * CAPACITY_PER_S);
const shedIn = (of: Run, from: number, to: number): number => of.shedBySecond.slice(from, to).reduce((sum, shed) => sum + (shed ?? 0), 0);

describe.each([1, 2, 3])('an admission in front of one worker (seed %i)', (seed) => {
  it.each([1.2, 1.5, 2, 3])('serves 99 %% of what is critical and uses 95 %% of the capacity at %d times the load', (times) => {
    const overloaded = run(steady(times), seed);
    expect(servedShare(overloaded, 'critical')).toBeGreaterThanOrEqual(0.99);
    expect(goodput(overloaded, 0, 30)).toBeGreaterThanOrEqual(0.95);
  });

  it('sheds the lower classes first, and admits none while it sheds a higher one', () => {
    const overloaded = run(steady(2), seed);
    const shares = priorities.map((priority) => servedShare(overloaded, priority));
    expect(shares.toSorted((left, right) => right - left).map((share) => share.toFixed(2))).toEqual(shares.map((share) => share.toFixed(2)));
    expect(overloaded.inversions).toBe(0);
  });

  it('sheds less than 0.5 % at 0.8 of the capacity', () => {
    expect(shedShare(run(steady(0.8), seed))).toBeLessThan(0.005);
  });

  it('bears a step to 3 times the load, and is over it within 2 s', () => {
    const step = run((tMs) => (tMs < 10_000 ? 0.5 : tMs < 20_000 ? 3 : 0.8) * CAPACITY_PER_S, seed);
    expect(servedShare(step, 'critical')).toBeGreaterThanOrEqual(0.99);
    expect(goodput(step, 11, 20)).toBeGreaterThanOrEqual(0.95);
    expect(shedIn(step, 22, 30) / (8 * 0.8 * CAPACITY_PER_S)).toBeLessThan(0.005);
  });

  it('bears a ramp from half to 3 times the load', () => {
    const ramp = run((tMs) => (0.5 + (2.5 * tMs) / 30_000) * CAPACITY_PER_S, seed);
    expect(servedShare(ramp, 'critical')).toBeGreaterThanOrEqual(0.99);
    expect(goodput(ramp, 8, 30)).toBeGreaterThanOrEqual(0.95);
  });

  it('bears a burst a second long every five, of 4 times the load, each as well as the first', () => {
    const burst = run((tMs) => (tMs % 5000 < 1000 ? 4 : 0.5) * CAPACITY_PER_S, seed);
    expect(servedShare(burst, 'critical')).toBeGreaterThanOrEqual(0.99);
    for (let second = 0; second < 30; second += 5) {
      expect(goodput(burst, second, second + 1)).toBeGreaterThanOrEqual(0.95);
      expect(shedIn(burst, second + 3, second + 5)).toBe(0);
    }
  });
});

describe('an admission', () => {
  const open = (parallelism = 4, reserve = 2) => {
    const state = { nowMs: 0 };
    const deferred: (() => void)[] = [];
    const admission = createAdmission({ nowMs: () => state.nowMs, defer: (work) => void deferred.push(work), parallelism, reserve });
    const started: string[] = [];
    const dropped: string[] = [];
    const turn = (): void => {
      for (const work of deferred.splice(0)) work();
    };
    const offer = (priority: Priority, name: string = priority): boolean =>
      admission.offer({ priority, queueMs: 250, start: () => void started.push(name), drop: () => void dropped.push(name) });
    return { admission, state, started, dropped, turn, offer };
  };
  const tick = (admission: Admission, times: number, given: Readonly<{ loopDelayMs?: number; isPressureHigh?: boolean }> = {}): void => {
    for (let i = 0; i < times; i += 1) admission.tick({ loopDelayMs: 0, isPressureHigh: false, ...given });
  };
  const thresholds = (admission: Admission): readonly number[] => priorities.map((priority) => admission.state().classes[priority].threshold);

  it('starts the most important of all that came in one turn first', () => {
    const { offer, started, turn } = open(2, 1);
    for (const priority of priorities.toReversed()) offer(priority);
    turn();
    expect(started).toEqual(['critical', 'realtime']);
  });

  it('keeps places that only critical requests get, and some that lower classes do not', () => {
    const { admission, offer, started, turn } = open(4, 2);
    for (let i = 0; i < 10; i += 1) offer('historical', `h${i}`);
    turn();
    expect(started).toEqual(['h0', 'h1', 'h2']);
    for (let i = 0; i < 10; i += 1) offer('realtime', `r${i}`);
    for (let i = 0; i < 10; i += 1) offer('critical', `c${i}`);
    turn();
    expect(started.slice(3)).toEqual(['c0', 'c1', 'c2']);
    admission.done('historical');
    turn();
    expect(started.slice(6)).toEqual(['c3']);
  });

  it('looks at what has come meanwhile when starts take long', () => {
    const { admission, state, turn } = open(8, 0);
    const order: string[] = [];
    const slow = (priority: Priority): void => {
      const start = (): void => {
        order.push(priority);
        state.nowMs += 11;
        if (order.length === 1) slow('critical');
      };
      admission.offer({ priority, queueMs: 250, start, drop: () => undefined });
    };
    for (let i = 0; i < 3; i += 1) slow('historical');
    for (let i = 0; i < 5; i += 1) turn();
    expect(order).toEqual(['historical', 'critical', 'historical', 'historical']);
  });

  it('drops what has waited longer than it may, at its start or at a tick', () => {
    const { admission, dropped, offer, started, state, turn } = open(1, 0);
    offer('realtime', 'running');
    turn();
    offer('realtime', 'late');
    state.nowMs = 251;
    tick(admission, 1);
    offer('realtime', 'next');
    state.nowMs = 600;
    admission.done('realtime');
    turn();
    expect([started, dropped, admission.state().classes.realtime.shed]).toEqual([['running'], ['late', 'next'], 2]);
  });

  it('falls by a tenth while the event loop is late, down to two more than run at once', () => {
    const { admission } = open(4);
    tick(admission, 1, { loopDelayMs: 51 });
    expect(admission.state().limit).toBe(180);
    tick(admission, 100, { loopDelayMs: 51 });
    expect([admission.state().limit, thresholds(admission)]).toEqual([6, [38, 6, 4, 3]]);
  });

  it('rises by one a tick while it is used, to 400 and no further', () => {
    const { admission, offer } = open(4);
    tick(admission, 5);
    expect(admission.state().limit).toBe(200);
    while (!admission.isFull('realtime')) offer('realtime');
    tick(admission, 1);
    expect(admission.state().limit).toBe(201);
    while (admission.state().limit < 400) {
      while (!admission.isFull('realtime')) offer('realtime');
      tick(admission, 1);
    }
    while (!admission.isFull('critical')) offer('critical');
    tick(admission, 10);
    expect([admission.state().limit, admission.state().inFlight]).toEqual([400, 500]);
  });

  it('leaves the two lower classes half while the process is under pressure, and the others all', () => {
    const { admission } = open();
    expect(thresholds(admission)).toEqual([250, 200, 120, 80]);
    tick(admission, 1, { isPressureHigh: true });
    expect(thresholds(admission)).toEqual([250, 200, 60, 40]);
    tick(admission, 1);
    expect(thresholds(admission)).toEqual([250, 200, 120, 80]);
  });

  it('counts what it refuses', () => {
    const { admission, offer } = open();
    while (offer('batch'));
    expect([offer('historical'), admission.refuse('batch'), admission.state().classes.batch]).toEqual([
      true,
      true,
      { threshold: 80, inFlight: 80, waiting: 80, admitted: 80, shed: 2 },
    ]);
  });
});
