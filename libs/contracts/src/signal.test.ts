import { describe, expect, it } from '@jest/globals';
import { isSignalError, SignalError } from './errors.ts';
import { decodeSignals, encodeSignals, latestField, type Signal, signalKey } from './signal.ts';

const signal: Signal = {
  instrument: 'INDEX:SPX',
  interval: '1m',
  expression: 'rsi(14)',
  seq: 1234,
  tsMs: 1546285800000,
  final: true,
  data: { rsi: 53.2 },
};

describe('a signal entry', () => {
  it('is the JSON of the contract and comes back', () => {
    const fields = encodeSignals([signal]);
    expect(fields).toEqual({
      v: '2',
      n: '1',
      json: '[{"instrument":"INDEX:SPX","interval":"1m","expression":"rsi(14)","seq":1234,"tsMs":1546285800000,"final":true,"data":{"rsi":53.2}}]',
    });
    expect(decodeSignals(fields)).toEqual([signal]);
    expect(() => decodeSignals({ json: '[' })).toThrow(expect.objectContaining({ code: 'entry_corrupt' }));
  });

  it('is keyed by what its seq counts, closed and forming apart only in the latest values', () => {
    expect(signalKey(signal)).toBe('INDEX:SPX|1m|rsi(14)');
    expect(latestField(signal)).toBe('INDEX:SPX|1m|rsi(14)|closed');
    expect(latestField({ ...signal, final: false })).toBe('INDEX:SPX|1m|rsi(14)|forming');
    expect(signalKey({ instrument: 'INDEX:SPX', expression: 'chain', expiry: '2019-01-18' })).toBe('INDEX:SPX||chain|2019-01-18');
  });
});

describe('SignalError', () => {
  it('takes status and retriable from its row and keeps the cause', () => {
    const cause = new SignalError('fenced', 'epoch is 3, and must be 4');
    const error = new SignalError('unavailable', 'Redis is away', { cause });
    expect([error.status, error.retriable, error.cause]).toEqual([503, true, cause]);
    expect([isSignalError(error), isSignalError(error, 'unavailable'), isSignalError(error, 'gap'), isSignalError('x')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
