/** Right of an option: to buy (C) or to sell (P) at the strike. */
export type Right = 'C' | 'P';

/** Returns +1 for a call and -1 for a put: the sign that the formulas carry. */
export function sideOf(right: Right): 1 | -1 {
  return right === 'C' ? 1 : -1;
}
