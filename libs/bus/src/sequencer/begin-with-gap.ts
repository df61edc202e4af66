import { decodeMarketBody, encodeMarketBody, type MarketRecord } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { LogEntry } from '../processor/partition-fold.ts';
import { idOf } from '../processor/read-log.ts';
import type { LogRollback } from './judge-rollback.ts';
import type { SequenceState, Step } from './sequence-run.ts';

/** Begins a new generation of a partition's slot and returns it; readers outside the slot begin anew when they see it. */
export async function raiseGeneration(bus: Bus, partition: number): Promise<string> {
  return String(await bus.redis.incr(bus.keys.generation(partition % bus.slots)));
}

const gapEntry = (records: readonly MarketRecord[], lostAfter: number, n: number): LogEntry => {
  const { head, d } = encodeMarketBody(records);
  return { id: idOf(n), n, prev: idOf(lostAfter), wallMs: 0, body: decodeMarketBody(head, d) };
};

/** Makes the `gap` record the first thing that is written; `origin`, the server, counts as proven from that commit on. */
export function beginWithGap(state: SequenceState, { lostAfter, reason }: LogRollback, origin: string): void {
  const records: readonly MarketRecord[] = [{ kind: 'gap', generation: Number(state.generation), lostAfter, reason }];
  state.sequenced.restore(gapEntry(records, lostAfter, state.n + 1));
  const step: Step = { entry: { records, outputs: [], control: state.control }, inboxTo: undefined, inboxRead: 0, letters: [] };
  state.steps.push(step);
  state.newOrigin = origin;
}
