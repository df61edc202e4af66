/**
 * Returns how much the body (open, close) engulfs the body before it, which has the other colour: 100, 80 when they match on one end, 0 for
 * not at all; negative when the newer body falls. An open at the close is white. Source: TA-Lib, ta_CDLENGULFING.c.
 */
export function engulfing(openBefore: number, closeBefore: number, open: number, close: number): number {
  const isWhite = close >= open;
  if (closeBefore >= openBefore === isWhite) return 0;
  // Seen from the side to which the newer body goes: it begins at or beyond the older one's end, and ends at or beyond its beginning.
  const beginsBeyond = isWhite ? closeBefore - open : open - closeBefore;
  const endsBeyond = isWhite ? close - openBefore : openBefore - close;
  if (beginsBeyond < 0 || endsBeyond < 0 || (beginsBeyond === 0 && endsBeyond === 0)) return 0;
  const strength = beginsBeyond === 0 || endsBeyond === 0 ? 80 : 100;
  return isWhite ? strength : -strength;
}
