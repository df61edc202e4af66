/** A clock that moves only when told. */
export type FakeClock = Readonly<{ nowMs: () => number; advance: (byMs: number) => void; set: (toMs: number) => void }>;

/** Returns a clock that stands at `startMs` (default 2018-12-31T14:30Z, the open of the replay's default day). */
export function fakeClock(startMs = Date.UTC(2018, 11, 31, 14, 30)): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance: (byMs) => {
      nowMs += byMs;
    },
    set: (toMs) => {
      nowMs = toMs;
    },
  };
}
