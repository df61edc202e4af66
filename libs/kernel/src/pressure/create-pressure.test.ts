import { afterEach, describe, expect, it } from '@jest/globals';
import { fakeClock, until } from '@signal/testing';
import { Registry } from 'prom-client';
import { createLogger } from '../log/logger.ts';
import { createPressure, type OwnedPressure } from './create-pressure.ts';
import { budgetsOf } from './pressure-settings.ts';
import type { PressureLevel } from './pressure.ts';
import type { Probe, Resource, Usage } from './probe.ts';

/** A resource whose use the test says. */
const fakeProbe = (resource: Resource) => {
  const state: { ratio: number | undefined; fails: boolean; closed: number } = { ratio: 0, fails: false, closed: 0 };
  const probe: Probe = {
    resource,
    measure: (): Usage | undefined => {
      if (state.fails) throw new RangeError('no such file');
      return state.ratio === undefined ? undefined : { ratio: state.ratio, words: `${state.ratio * 100} of 100` };
    },
    close: () => void (state.closed += 1),
  };
  return { probe, state };
};

describe('createPressure', () => {
  let pressure: OwnedPressure | undefined;
  afterEach(() => pressure?.close());

  const open = (values: Readonly<Record<string, number>> = {}) => {
    const memory = fakeProbe('memory');
    const disk = fakeProbe('disk');
    const registry = new Registry();
    const lines: string[] = [];
    const log = createLogger({ service: 't', member: 't-1', destination: { write: (line) => void lines.push(line) } });
    const unmeasured = [{ resource: 'descriptors', why: 'there is no /proc' }] as const;
    const opened = createPressure({
      budgets: () => budgetsOf(values),
      probes: [memory.probe, disk.probe],
      unmeasured,
      clock: fakeClock(),
      log,
      registry,
    });
    pressure = opened;
    const levels: PressureLevel[] = [];
    opened.onChange((level) => levels.push(level));
    const checks = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) await opened.check();
    };
    return { pressure: opened, memory: memory.state, disk: disk.state, registry, lines, levels, checks };
  };

  it('has the level of its worst resource and says which and why', async () => {
    const { pressure: opened, memory, disk, levels, checks } = open();
    await checks(1);
    expect([opened.level(), opened.reason()]).toEqual(['calm', undefined]);
    disk.ratio = 0.9;
    await checks(2);
    expect([opened.level(), opened.reason()]).toEqual(['high', 'disk: 90 of 100']);
    memory.ratio = 1;
    await checks(3);
    expect([opened.level(), opened.reason(), levels]).toEqual(['exhausted', 'memory: 100 of 100', ['high', 'exhausted']]);
  });

  it('logs each change with its reason, and tells nobody who has left', async () => {
    const { pressure: opened, memory, lines, checks } = open();
    let told = 0;
    const leave = opened.onChange(() => void (told += 1));
    memory.ratio = 0.9;
    await checks(2);
    leave();
    memory.ratio = 0.1;
    await checks(1);
    expect(lines.map((line) => JSON.parse(line) as { msg: string; reason?: string }).map(({ msg, reason }) => [msg, reason])).toEqual([
      ['pressure is high', 'memory: 90 of 100'],
      ['pressure is over', undefined],
    ]);
    expect(told).toBe(1);
  });

  it('shows ratios and level as metrics', async () => {
    const { memory, registry, checks } = open();
    memory.ratio = 0.85;
    await checks(2);
    const text = await registry.metrics();
    expect(text).toContain('signal_resource_used_ratio{resource="memory"} 0.85');
    expect(text).toContain('signal_pressure_level 1');
  });

  it('lives with a probe that fails or has nothing to compare with', async () => {
    const { pressure: opened, memory, disk, lines, checks } = open();
    memory.fails = true;
    disk.ratio = undefined;
    await checks(3);
    expect([opened.level(), lines.some((line) => line.includes('could not be measured'))]).toEqual(['calm', true]);
  });

  it('checks by itself once started, says what it cannot measure, and closes its probes', async () => {
    const { pressure: opened, memory, lines } = open({ PRESSURE_CHECK_MS: 20 });
    memory.ratio = 1;
    opened.start();
    await until(() => opened.level() === 'exhausted', { what: 'the third check' });
    opened.close();
    expect([memory.closed, lines.some((line) => line.includes('there is no /proc'))]).toEqual([1, true]);
  });

  it('lets a start wait until a full disk has room, and gives up in the end', async () => {
    const { pressure: opened, disk, lines } = open({ PRESSURE_CHECK_MS: 20 });
    disk.ratio = 1.5;
    let hasRoom = false;
    const waiting = opened.untilRoom(60_000).then(() => (hasRoom = true));
    await until(() => lines.some((line) => line.includes('waits for room')), { what: 'the start waits' });
    expect(hasRoom).toBe(false);
    disk.ratio = 0.9;
    await waiting;
    disk.ratio = 1.5;
    await expect(opened.untilRoom(0)).rejects.toMatchObject({ code: 'exhausted', message: 'disk: 150 of 100' });
  });
});
