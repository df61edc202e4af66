import { sequenceOf } from '@signal/bus';
import { decodeMarketBody, type MarketBody, slotOf } from '@signal/contracts';
import type { ArchiveDeps } from './archive-deps.ts';
import type { PartitionState } from './partition-state.ts';
import { agreesUpTo } from './find-divergence.ts';
import { logEndsBefore, type Rollback } from './roll-back.ts';

const PAGE = 200;

type RawReplyEntry = readonly [id: Buffer, fields: readonly Buffer[]];

const bodyOf = (fields: readonly Buffer[]): MarketBody | undefined => {
  const valueOf = (name: string): Buffer | undefined => fields[fields.findIndex((field, index) => index % 2 === 0 && String(field) === name) + 1];
  const head = String(valueOf('head'));
  // Most entries hold no control record, and none of them needs to be unpacked.
  return head.includes('"gap"') ? decodeMarketBody(head, valueOf('d') ?? Buffer.alloc(0)) : undefined;
};

function lostAfterIn(fields: readonly Buffer[], since: number): readonly number[] {
  const lost: number[] = [];
  for (const run of bodyOf(fields)?.runs ?? []) {
    if (run.kind !== 'control') continue;
    for (const record of run.records) if (record.kind === 'gap' && record.generation > since) lost.push(record.lostAfter);
  }
  return lost;
}

/**
 * Looks through the log for the records that the sequencer wrote when it began generations after `since`, and returns the least sequence
 * that one of them kept. Partitions of a slot share its generation: one that was rolled back may have begun an earlier one than now.
 */
async function lostAfterOf(deps: ArchiveDeps, key: string, since: number): Promise<number | undefined> {
  let to = '+';
  let least: number | undefined;
  for (;;) {
    const page = (await deps.bus.redis.callBuffer('xrevrange', [key, to, '-', 'COUNT', PAGE])) as readonly RawReplyEntry[];
    for (const [, fields] of page) {
      for (const lostAfter of lostAfterIn(fields, since)) least = Math.min(least ?? lostAfter, lostAfter);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return least;
    to = `(${String(last[0])}`;
  }
}

/** Begins a new generation unless the writer of the log, or another reader, has begun one meanwhile; returns the one that counts. */
async function tellGeneration(deps: ArchiveDeps, state: PartitionState): Promise<number> {
  const key = deps.bus.keys.generation(slotOf(state.lease.partition));
  const now = Number((await deps.bus.redis.get(key)) ?? 0);
  if (now > state.generation) return now;
  deps.log.error({ partition: state.lease.partition, generation: now }, 'the log is not the one that was stored, and its writer has not said so');
  return deps.bus.redis.incr(key);
}

/**
 * Returns the rollback that a partition's log has gone through since its state was stored, if any: the log ends before the position,
 * holds other entries than were stored, or its slot has a new generation. `generation` is the slot's now; where nobody began a new one,
 * this does, so that every reader outside the slot is told.
 */
export async function findRollback(deps: ArchiveDeps, state: PartitionState, generation: number): Promise<Rollback | undefined> {
  const { partition } = state.lease;
  const end = await agreesUpTo(deps, state, await logEndsBefore(deps, state));
  if (generation === state.generation) return end === undefined ? undefined : { lostAfter: end, generation: await tellGeneration(deps, state) };
  const position = sequenceOf(state.cursors.market.position);
  const lostAfter = await lostAfterOf(deps, deps.bus.keys.topic('market', partition), state.generation);
  if (lostAfter === undefined && end === undefined && position > 0) {
    deps.log.warn({ partition, generation }, 'the slot has a new generation and this log no gap record; it continues where the archive stands');
  }
  return { lostAfter: Math.min(lostAfter ?? position, end ?? position), generation };
}
