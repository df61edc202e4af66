/** Deviations from the middle to each band. */
export type BandFactors = Readonly<{ std_up: number; std_down: number }>;

/** Writes upper band, middle and lower band; all NaN while the middle or the deviation is silent. */
export function writeBands(out: Float64Array, middle: number, deviation: number, factors: BandFactors): void {
  const isSilent = Number.isNaN(middle) || Number.isNaN(deviation);
  out[0] = isSilent ? Number.NaN : middle + factors.std_up * deviation;
  out[1] = isSilent ? Number.NaN : middle;
  out[2] = isSilent ? Number.NaN : middle - factors.std_down * deviation;
}
