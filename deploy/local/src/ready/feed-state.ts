import type { RunningMember } from '../data/run-file.ts';

const TIMEOUT_MS = 2000;

/** Tells whether the feed has ended in all its partitions. Every ingest member knows; one that cannot be asked says nothing. */
export async function hasFeedEnded(members: readonly RunningMember[], internalKey: string): Promise<boolean> {
  const ingest = members.filter((member) => member.service === 'ingest');
  const states = await Promise.all(ingest.map((member) => stateOf(member.url, internalKey)));
  return states.includes('ended');
}

async function stateOf(url: string, internalKey: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${internalKey}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as { state?: string };
    return response.ok ? body.state : undefined;
  } catch {
    return undefined;
  }
}
