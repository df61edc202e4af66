import type { RunningMember } from '../data/run-file.ts';

/** What ingest says of its feed: `ended` = nothing more will come of it. */
export type FeedState = Readonly<{ state: 'live' | 'ended'; marketTimeMs: number | null }>;

const TIMEOUT_MS = 2000;

/** Tells whether the feed has ended on every ingest member; a member that cannot be asked has not. */
export async function hasFeedEnded(members: readonly RunningMember[], internalKey: string): Promise<boolean> {
  const states = await Promise.all(members.filter((member) => member.service === 'ingest').map((member) => askFeed(member.url, internalKey)));
  return states.length > 0 && states.every((state) => state?.state === 'ended');
}

async function askFeed(url: string, internalKey: string): Promise<FeedState | undefined> {
  try {
    const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${internalKey}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as FeedState;
    return response.ok ? body : undefined;
  } catch {
    return undefined;
  }
}
