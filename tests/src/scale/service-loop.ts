import { costOf, type ServiceCost } from './costs.ts';
import type { Station } from './station.ts';
import type { Timeline } from './timeline.ts';

/** An entry on its way: the ticks in it, its partition and when the first of them arrived. */
export type Entry = Readonly<{ partition: number; ticks: number; bornUs: number }>;

/** The loop of one member over its partitions of one slot: it takes what waits, works, commits, and only then takes more. */
export interface ServiceLoop {
  offer(entries: readonly Entry[]): void;
  waiting(): number;
}

/** What a loop runs on, and who is told of a committed batch. */
export type LoopOptions = Readonly<{
  timeline: Timeline;
  service: ServiceCost;
  member: Station;
  master: Station;
  roundTripUs: number;
  /** Entries of a commit at most. */
  batchEntries: number;
  committed(entries: readonly Entry[], atUs: number): void;
}>;

const ticksOf = (entries: readonly Entry[]): number => entries.reduce((sum, { ticks }) => sum + ticks, 0);

/** Returns an idle loop. The batch grows by itself with what waits, which is what makes a loaded fleet cheaper per tick. */
export function createServiceLoop(options: LoopOptions): ServiceLoop {
  const { timeline, service, member, master, roundTripUs } = options;
  let queue: Entry[] = [];
  let isRunning = false;

  const readIn = (batch: readonly Entry[], ticks: number): number => {
    const { perCallUs, perEntryUs, perTickUs } = service.redisRead;
    if (perCallUs + perEntryUs + perTickUs === 0) return timeline.nowUs();
    return master.serve(timeline.nowUs(), costOf(service.redisRead, batch.length, ticks)) + roundTripUs / 2;
  };
  const cycle = (): void => {
    const batch = queue.slice(0, options.batchEntries);
    queue = queue.slice(options.batchEntries);
    const ticks = ticksOf(batch);
    timeline.at(readIn(batch, ticks), () => {
      const workedUs = member.serve(timeline.nowUs(), costOf(service.member, batch.length, ticks));
      timeline.at(workedUs + roundTripUs / 2, () => commit(batch, ticks));
    });
  };
  const commit = (batch: readonly Entry[], ticks: number): void => {
    const committedUs = master.serve(timeline.nowUs(), costOf(service.redisCommit, batch.length, ticks));
    timeline.at(committedUs, () => options.committed(batch, committedUs));
    timeline.at(committedUs + roundTripUs / 2, () => {
      if (queue.length > 0) cycle();
      else isRunning = false;
    });
  };
  return {
    offer: (entries) => {
      queue.push(...entries);
      if (isRunning) return;
      isRunning = true;
      cycle();
    },
    waiting: () => queue.length,
  };
}
