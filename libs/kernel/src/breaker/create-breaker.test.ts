import { describe, expect, it } from '@jest/globals';
import { SignalError } from '@signal/contracts';
import { until } from '@signal/testing';
import { createLogger } from '../log/logger.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { createBreakers } from './breakers.ts';

const open = () => {
  const metrics = createMetrics({ service: 'test', member: 'test-1' });
  return { metrics, breakers: createBreakers({ metrics, log: createLogger({ service: 'test', member: 'test-1', level: 'silent' }) }) };
};
const fails = (): Promise<never> => Promise.reject(new SignalError('redis_failed', 'down'));
const failTimes = async (times: number, fire: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < times; i += 1) await fire().catch(() => undefined);
};

describe('createBreaker', () => {
  it('stays closed below ten calls and opens at ten failures', async () => {
    const { breakers } = open();
    const breaker = breakers.create({ dependency: 'redis', timeoutMs: 1000, call: fails });
    await failTimes(9, () => breaker.fire());
    expect(breaker.state()).toBe('closed');
    await failTimes(1, () => breaker.fire());
    expect(breaker.state()).toBe('open');
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'circuit_open' });
    expect(breakers.list()).toEqual([{ name: 'redis', state: 'open', failures: 10 }]);
    breakers.close();
  });

  it('shows its state as a metric', async () => {
    const { breakers, metrics } = open();
    const breaker = breakers.create({ dependency: 'redis', timeoutMs: 1000, call: fails });
    await failTimes(10, () => breaker.fire());
    expect(await metrics.registry.metrics()).toContain('signal_breaker_state{dependency="redis"} 2');
    breakers.close();
  });

  it('does not count a failure that the caller caused', async () => {
    const { breakers } = open();
    const call = (): Promise<never> => Promise.reject(new SignalError('not_found', 'no such thing'));
    const breaker = breakers.create({ dependency: 'postgres', timeoutMs: 1000, call });
    await failTimes(30, () => breaker.fire());
    expect(breaker.state()).toBe('closed');
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'not_found' });
    breakers.close();
  });

  it('ends a call that takes too long and aborts its signal', async () => {
    const { breakers } = open();
    let seen: AbortSignal | undefined;
    const call = (signal: AbortSignal): Promise<never> => {
      seen = signal;
      return Promise.withResolvers<never>().promise;
    };
    const breaker = breakers.create({ dependency: 'slow', timeoutMs: 10, call });
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'deadline_exceeded', message: 'slow did not answer within 10 ms' });
    expect(seen?.aborted).toBe(true);
    breakers.close();
  });

  it('ends a late call alone: others in flight go on', async () => {
    const { breakers } = open();
    const gate = Promise.withResolvers<string>();
    const signals: AbortSignal[] = [];
    const call = (signal: AbortSignal, isQuick: boolean): Promise<string> => {
      signals.push(signal);
      return isQuick ? gate.promise : Promise.withResolvers<string>().promise;
    };
    const breaker = breakers.create({ dependency: 'mixed', timeoutMs: 400, call });
    const late = breaker.fire(false);
    await until(() => signals.length === 1, { what: 'the first call' });
    // Its own deadline begins well after the first one's.
    const begunMs = performance.now();
    await until(() => performance.now() - begunMs > 100, { what: 'some of the time has passed' });
    const other = breaker.fire(true);
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    gate.resolve('done');
    expect(await other).toBe('done');
    breakers.close();
  });

  it('must give up before its caller does', () => {
    const { breakers } = open();
    const call = (): Promise<number> => Promise.resolve(1);
    expect(() => breakers.create({ dependency: 'slow', timeoutMs: 1000, callerDeadlineMs: 1000, call })).toThrow(
      expect.objectContaining({ code: 'argument_invalid', message: expect.stringContaining('at 1000 ms') }),
    );
    breakers.create({ dependency: 'slow', timeoutMs: 999, callerDeadlineMs: 1000, call });
    breakers.close();
  });

  it('lets one call try after its wait, and refuses the others meanwhile', async () => {
    const { breakers } = open();
    const gate = Promise.withResolvers<string>();
    let calls = 0;
    let isDown = true;
    const call = (): Promise<string> => {
      calls += 1;
      return isDown ? fails() : gate.promise;
    };
    const breaker = breakers.create({ dependency: 'back', timeoutMs: 5000, resetMs: 20, call });
    await failTimes(10, () => breaker.fire());
    isDown = false;
    await until(() => breaker.state() === 'half_open', { what: 'half open' });
    const trial = breaker.fire();
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'circuit_open' });
    gate.resolve('up');
    expect([await trial, calls, breaker.state()]).toEqual(['up', 11, 'closed']);
    breakers.close();
  });

  it('waits a time that differs from breaker to breaker, round the mean it was given', async () => {
    const waits: number[] = [];
    const log = createLogger({
      service: 't',
      member: 't-1',
      destination: { write: (line) => void waits.push((JSON.parse(line) as { retryInMs: number }).retryInMs) },
    });
    const breakers = createBreakers({ metrics: createMetrics({ service: 't', member: 't-1' }), log });
    for (let i = 0; i < 20; i += 1) {
      const breaker = breakers.create({ dependency: `d${i}`, timeoutMs: 1000, resetMs: 100_000, call: fails });
      await failTimes(10, () => breaker.fire());
    }
    breakers.close();
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect([Math.min(...waits) >= 75_000, Math.max(...waits) <= 125_000]).toEqual([true, true]);
  });

  it('refuses calls above its capacity without counting them as failures', async () => {
    const { breakers } = open();
    const gate = Promise.withResolvers<number>();
    const breaker = breakers.create({ dependency: 'busy', timeoutMs: 5000, capacity: 1, call: () => gate.promise });
    const first = breaker.fire();
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'overloaded' });
    gate.resolve(1);
    expect([await first, breaker.failures()]).toEqual([1, 0]);
    breakers.close();
  });

  it('closes again after one call that succeeds', async () => {
    const { breakers } = open();
    let isDown = true;
    const breaker = breakers.create({ dependency: 'back', timeoutMs: 1000, resetMs: 20, call: () => (isDown ? fails() : Promise.resolve('up')) });
    await failTimes(10, () => breaker.fire());
    isDown = false;
    await until(() => breaker.state() === 'half_open', { what: 'half open' });
    expect([await breaker.fire(), breaker.state()]).toEqual(['up', 'closed']);
    breakers.close();
  });

  it('answers by its fallback when the dependency fails', async () => {
    const { breakers } = open();
    const breaker = breakers.create({ dependency: 'x', timeoutMs: 1000, call: fails, fallback: () => 'instead' as never });
    expect(await breaker.fire()).toBe('instead');
    breakers.close();
    await expect(breakers.create({ dependency: 'y', timeoutMs: 1, call: () => Promise.resolve(1) }).fire()).resolves.toBe(1);
  });
});
