/** Returns a function that counts an event and tells whether there were more than `limit` in the last `windowMs`. */
export function createFloodGuard({ limit, windowMs }: Readonly<{ limit: number; windowMs: number }>): (nowMs: number) => boolean {
  const times: number[] = [];
  return (nowMs) => {
    times.push(nowMs);
    while ((times[0] ?? nowMs) <= nowMs - windowMs) times.shift();
    return times.length > limit;
  };
}
