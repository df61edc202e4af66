import TinyQueue from 'tinyqueue';

type Event = Readonly<{ atUs: number; order: number; run: () => void }>;

/** Simulated time: what happens next, and when it is. */
export interface Timeline {
  nowUs(): number;
  at(atUs: number, run: () => void): void;
  /** Runs events until `untilUs`; what lies later stays. */
  runUntil(untilUs: number): void;
}

/** Returns an empty timeline at 0. Events of one moment run in the order in which they were added. */
export function createTimeline(): Timeline {
  const events = new TinyQueue<Event>([], (a, b) => a.atUs - b.atUs || a.order - b.order);
  let nowUs = 0;
  let order = 0;
  return {
    nowUs: () => nowUs,
    at: (atUs, run) => events.push({ atUs, order: (order += 1), run }),
    runUntil: (untilUs) => {
      for (let next = events.peek(); next !== undefined && next.atUs <= untilUs; next = events.peek()) {
        events.pop();
        nowUs = next.atUs;
        next.run();
      }
      nowUs = untilUs;
    },
  };
}
