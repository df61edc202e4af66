/** Jobs to take of lane high, normal and low. */
export type Turns = readonly [high: number, normal: number, low: number];

/** Lanes in the order of their turns: 4 of 7 for high, 2 for normal, 1 for low. */
const cycle = [0, 1, 0, 2, 0, 1, 0] as const;

/**
 * Gives out turns, so that a lane is preferred and none starves: of any seven jobs begun one after the other at least one is of lane low,
 * and two of normal, if such were waiting. A turn that a lane does not need goes to the others.
 */
export function createLaneTurns(): (count: number) => Turns {
  let at = 0;
  return (count) => {
    const turns: [number, number, number] = [0, 0, 0];
    for (let left = count; left > 0; left -= 1) {
      turns[cycle[at] ?? 0] += 1;
      at = (at + 1) % cycle.length;
    }
    return turns;
  };
}
