import type { Heartbeat } from '../ownership/membership.ts';

/** Who counts as alive, and after how long that may have changed by itself. */
export type LiveNow = Readonly<{ live: readonly string[]; changesInMs: number }>;

/** A member's opinion of who lives. */
export interface LiveView {
  /** Takes a heartbeat's reply in; `nowMs` is this process's monotonic clock. */
  see(heartbeat: Heartbeat, nowMs: number): LiveNow;
}

/** What a view is made for. */
export type LiveViewOptions = Readonly<{ member: string; ttlMs: number }>;

/** A pause shorter than this part of the ttl cannot make anybody else look dead: it beats four times a ttl, as this member does. */
const PAUSE_PART = 0.7;
/** Connections come back after half a second at most, each at its own time. */
const LEAST_GRACE_MS = 600;

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])].toSorted();

/**
 * Returns the view of a member that has not beaten yet. After a pause of Redis or of this process all others look dead to the first that
 * beats; for half a ttl it therefore counts those as alive that were so before the pause (at its start, those that are known), and leaves
 * them what is theirs.
 */
export function createLiveView({ member, ttlMs }: LiveViewOptions): LiveView {
  const graceMs = Math.max(ttlMs / 2, LEAST_GRACE_MS);
  let lastMs: number | undefined;
  let counted: readonly string[] = [];
  let remembered: readonly string[] = [];
  let graceUntilMs = Number.NEGATIVE_INFINITY;

  const notice = ({ live, heardOfMs }: Heartbeat, nowMs: number): void => {
    if (lastMs === undefined) {
      // In a fleet that is seen to live there is no pause, and who is silent is dead.
      if (live.some((one) => one !== member) || heardOfMs.size <= 1) return;
      remembered = [...heardOfMs.keys()];
    } else if (nowMs - lastMs > ttlMs * PAUSE_PART) remembered = counted;
    else return;
    graceUntilMs = nowMs + graceMs;
  };
  return {
    see: (heartbeat, nowMs) => {
      const { live, heardOfMs, serverNowMs } = heartbeat;
      notice(heartbeat, nowMs);
      lastMs = nowMs;
      const inGrace = nowMs < graceUntilMs;
      counted = inGrace ? union(live, remembered) : live;
      const silentInMs = live.flatMap((one) => (one === member ? [] : (heardOfMs.get(one) ?? serverNowMs) + ttlMs - serverNowMs));
      const waits = inGrace ? [...silentInMs, graceUntilMs - nowMs] : silentInMs;
      return { live: counted, changesInMs: Math.max(1, Math.ceil(Math.min(...waits))) };
    },
  };
}
