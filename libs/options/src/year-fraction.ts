const MS_PER_YEAR = 31_536_000_000;

/** Returns the years from `nowMs` to `expiresMs`, the exchange's cut-off, by ACT/365F in milliseconds; negative once it is past. */
export function yearsBetween(nowMs: number, expiresMs: number): number {
  return (expiresMs - nowMs) / MS_PER_YEAR;
}
