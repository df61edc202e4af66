/** One core that serves in the order of arrival: a member's event loop, or a Redis master. */
export interface Station {
  readonly name: string;
  /** Takes work of `costUs` that arrives at `nowUs`, and returns when it is done. */
  serve(nowUs: number, costUs: number): number;
  /** Microseconds worked so far. */
  busyUs(): number;
  /** Takes no work before `untilUs`: it is away, and what arrives waits. */
  pause(untilUs: number): void;
}

/** Returns an idle station. */
export function createStation(name: string): Station {
  let freeAtUs = 0;
  let busyUs = 0;
  return {
    name,
    serve: (nowUs, costUs) => {
      freeAtUs = Math.max(nowUs, freeAtUs) + costUs;
      busyUs += costUs;
      return freeAtUs;
    },
    busyUs: () => busyUs,
    pause: (untilUs) => {
      freeAtUs = Math.max(freeAtUs, untilUs);
    },
  };
}
