import { type BarBody, isDaily, parseInterval, type Signal, sources } from '@signal/contracts';

/** Returns epoch milliseconds as REST writes time. */
export function timeTextOf(tMs: number): string {
  return new Date(tMs).toISOString();
}

const numberIn = (data: Signal['data'], name: string): number => {
  const value = data[name];
  return typeof value === 'number' ? value : 0;
};

/** Returns a bar's signal as the API shows it. */
export function barBodyOf(signal: Signal): BarBody {
  const { data } = signal;
  const session = data['session'];
  const isSession = signal.interval !== undefined && isDaily(parseInterval(signal.interval)) && typeof session === 'string' && session !== '';
  return {
    ts: timeTextOf(signal.tsMs),
    ...(isSession ? { session } : {}),
    open: numberIn(data, 'open'),
    high: numberIn(data, 'high'),
    low: numberIn(data, 'low'),
    close: numberIn(data, 'close'),
    volume: numberIn(data, 'volume'),
    final: signal.final,
    source: sources.find((source) => source === data['source']) ?? 'live',
  };
}
