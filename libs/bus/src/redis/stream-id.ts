/** Id before every entry. */
export const ZERO_ID = '0-0';

/** Returns the sequence in an id `<n>-<chunk>`. */
export function sequenceOf(id: string): number {
  return Number.parseInt(id, 10);
}

/** Returns a number below 0, 0 or above 0 as `a` stands before, at or after `b`. */
export function compareIds(a: string, b: string): number {
  const [aMain = '0', aChunk = '0'] = a.split('-');
  const [bMain = '0', bChunk = '0'] = b.split('-');
  return Number(aMain) - Number(bMain) || Number(aChunk) - Number(bChunk);
}
