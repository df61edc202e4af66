import { sequenceOf } from '@signal/bus';
import { decodeMarketBody, type MarketBody } from '@signal/contracts';
import type { ArchiveDeps } from './archive-deps.ts';
import type { PartitionState } from './partition-state.ts';
import { logEndsBefore, type Rollback } from './roll-back.ts';

const PAGE = 200;

type RawReplyEntry = readonly [id: Buffer, fields: readonly Buffer[]];

const bodyOf = (fields: readonly Buffer[]): MarketBody | undefined => {
  const valueOf = (name: string): Buffer | undefined => fields[fields.findIndex((field, index) => index % 2 === 0 && String(field) === name) + 1];
  const head = String(valueOf('head'));
  // Most entries hold no control record, and none of them needs to be unpacked.
  return head.includes('"gap"') ? decodeMarketBody(head, valueOf('d') ?? Buffer.alloc(0)) : undefined;
};

function lostAfterIn(fields: readonly Buffer[], generation: number): number | undefined {
  for (const run of bodyOf(fields)?.runs ?? []) {
    if (run.kind !== 'control') continue;
    const gap = run.records.find((record) => record.kind === 'gap' && record.generation === generation);
    if (gap?.kind === 'gap') return gap.lostAfter;
  }
  return undefined;
}

/** Looks from the end of the log backwards for the record that the sequencer writes when it begins a generation. */
async function lostAfterOf(deps: ArchiveDeps, key: string, generation: number): Promise<number | undefined> {
  let to = '+';
  for (;;) {
    const page = (await deps.bus.redis.callBuffer('xrevrange', [key, to, '-', 'COUNT', PAGE])) as readonly RawReplyEntry[];
    for (const [, fields] of page) {
      const lostAfter = lostAfterIn(fields, generation);
      if (lostAfter !== undefined) return lostAfter;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return undefined;
    to = `(${String(last[0])}`;
  }
}

/**
 * Returns the rollback that a partition's log has gone through since its state was stored, if any: the log ends before the position,
 * or its slot has a new generation. `generation` is the slot's now.
 */
export async function findRollback(deps: ArchiveDeps, state: PartitionState, generation: number): Promise<Rollback | undefined> {
  const { partition } = state.lease;
  const end = await logEndsBefore(deps, state);
  if (generation === state.generation) return end === undefined ? undefined : { lostAfter: end, generation };
  const position = sequenceOf(state.cursors.market.position);
  const lostAfter = await lostAfterOf(deps, deps.bus.keys.topic('market', partition), generation);
  if (lostAfter === undefined && end === undefined) {
    deps.log.error({ partition, generation }, 'a new generation of the log has no gap record; it is taken to continue where the archive stands');
  }
  return { lostAfter: Math.min(lostAfter ?? position, end ?? position), generation };
}
