import type { RunningMember } from '../data/run-file.ts';

const TIMEOUT_MS = 2000;

/** What ingest says of its feed. `ended` = nothing more will come of it, and everything of it is committed. */
export type FeedState = Readonly<{ state: 'live' | 'ended'; marketTimeMs: number | null }>;

/** Returns the state of the feed in all its partitions. Every ingest member knows; `undefined` = none could be asked. */
export async function readFeedState(members: readonly RunningMember[], internalKey: string): Promise<FeedState | undefined> {
  const ingest = members.filter((member) => member.service === 'ingest');
  const states = await Promise.all(ingest.map((member) => stateOf(member.url, internalKey)));
  const known = states.filter((state) => state !== undefined);
  return known.find((state) => state.state === 'ended') ?? known[0];
}

async function stateOf(url: string, internalKey: string): Promise<FeedState | undefined> {
  try {
    const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${internalKey}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as FeedState;
    return response.ok ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a question that answers true once market time has stood still at or after `endMs` for as many questions as `times`. */
export function createStandstill({ endMs, times }: Readonly<{ endMs: number; times: number }>): (state: FeedState | undefined) => boolean {
  let lastMs: number | null = null;
  let still = 0;
  return (state) => {
    const nowMs = state?.marketTimeMs ?? null;
    still = nowMs !== null && nowMs === lastMs && nowMs >= endMs ? still + 1 : 0;
    lastMs = nowMs;
    return still >= times;
  };
}
