import { type Bus, type ReaderState, readReaderStates } from '@signal/bus';
import type { HealthBody } from '@signal/contracts';

/** Readers that were dropped from the trim, by name; undefined while there are none. */
export type ReaderHealth = () => Promise<HealthBody['readers']>;

/** Anybody may ask for health, as often as they like. */
const ASK_EVERY_MS = 2_000;

const readersOf = (states: readonly ReaderState[]): HealthBody['readers'] => {
  const dropped = Map.groupBy(
    states.filter(({ droppedAtMs }) => droppedAtMs !== undefined),
    ({ reader }) => reader,
  );
  if (dropped.size === 0) return undefined;
  const detail = (count: number): string =>
    `dropped from the trim in ${count} ${count === 1 ? 'partition' : 'partitions'}; entries were not kept for it`;
  return Object.fromEntries([...dropped].map(([reader, where]) => [reader, { status: 'warn' as const, detail: detail(where.length) }]));
};

/** Returns a look at the readers that trimming waited for in vain, at most every two seconds. */
export function createReaderHealth(bus: Bus): ReaderHealth {
  let asked: Promise<HealthBody['readers']> | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (asked === undefined || performance.now() - askedAtMs >= ASK_EVERY_MS) {
      askedAtMs = performance.now();
      asked = readReaderStates(bus).then(readersOf);
    }
    return asked;
  };
}
