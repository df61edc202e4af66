import { describe, expect, it } from '@jest/globals';
import { drawFaults, processFaults } from './draw-faults.ts';

const options = { kills: 200, seed: 7, services: ['ingest', 'indicator', 'archive'], everyMs: 1_000 };

describe('drawn faults', () => {
  it('are the same for the same seed and others for another', () => {
    expect(drawFaults(options)).toEqual(drawFaults(options));
    expect(drawFaults({ ...options, seed: 8 })).not.toEqual(drawFaults(options));
  });

  it('hold as many process faults as asked for, every kind and every service among them', () => {
    const faults = drawFaults(options);
    expect(faults.filter(({ kind }) => processFaults.some((one) => one === kind)).length).toBe(200);
    expect([...new Set(faults.map(({ kind }) => kind))].toSorted()).toEqual(['add', 'cut', 'kill', 'redis', 'stop', 'term']);
    expect(new Set(faults.map(({ service }) => service))).toEqual(new Set(options.services));
    expect(faults.filter(({ kind }) => kind === 'redis').length).toBe(5);
  });

  it('restart Redis in a short run too', () => {
    expect(drawFaults({ ...options, kills: 10 }).some(({ kind }) => kind === 'redis')).toBe(true);
  });
});
