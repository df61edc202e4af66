import type { GreekName } from '@signal/contracts';

/** Name of a computed quantity: the theoretical price or one of the 16 greeks. */
export type OptionQuantity = 'price' | GreekName;

/** The computed quantities of many options, one cell an option. */
export type OptionColumns = Readonly<Record<OptionQuantity, Float64Array>>;

/** Returns zeroed columns for `cells` options. */
export function createOptionColumns(cells: number): OptionColumns {
  const column = (): Float64Array => new Float64Array(cells);
  return {
    price: column(),
    delta: column(),
    gamma: column(),
    theta: column(),
    vega: column(),
    rho: column(),
    epsilon: column(),
    dualDelta: column(),
    dualGamma: column(),
    vanna: column(),
    volga: column(),
    charm: column(),
    veta: column(),
    speed: column(),
    zomma: column(),
    color: column(),
    ultima: column(),
  };
}

const DAYS_PER_YEAR = 365;
const POINTS_PER_ONE = 100;

/** Turns raw columns into the units that are published, in place: theta a calendar day, vega and rho a point (0.01). */
export function toPublishedUnits(columns: OptionColumns): void {
  const { theta, vega, rho } = columns;
  for (let cell = 0; cell < theta.length; cell++) {
    theta[cell] = (theta[cell] as number) / DAYS_PER_YEAR;
    vega[cell] = (vega[cell] as number) / POINTS_PER_ONE;
    rho[cell] = (rho[cell] as number) / POINTS_PER_ONE;
  }
}
