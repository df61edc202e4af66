/** Returns the relative strength index of the last close, straight from Wilder's definition: 100 − 100 / (1 + mean gain / mean loss). */
export function wilderRsi(closes: readonly number[], length: number): number {
  let gain = 0;
  let loss = 0;
  for (let at = 1; at < closes.length; at++) {
    const change = (closes[at] ?? Number.NaN) - (closes[at - 1] ?? Number.NaN);
    // The first `length` changes are averaged; each one after them moves the mean by a length-th.
    const held = at <= length ? 1 : (length - 1) / length;
    const taken = 1 / length;
    gain = gain * held + Math.max(change, 0) * taken;
    loss = loss * held + Math.max(-change, 0) * taken;
  }
  return 100 - 100 / (1 + gain / loss);
}
