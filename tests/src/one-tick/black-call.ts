/** An option on a forward, as Black (1976) prices it. */
export type BlackInput = Readonly<{ forward: number; strike: number; volatility: number; years: number; discount: number }>;

const STEPS = 4_000;
/** The lognormal tail beyond so many deviations adds less than 1e-20. */
const TAIL = 12;

/** Returns the price of a call as the discounted mean of its payoff under the lognormal law, by Simpson's rule: no closed form, no erf. */
export function blackCall({ forward, strike, volatility, years, discount }: BlackInput): number {
  const deviation = volatility * Math.sqrt(years);
  // The payoff begins here; below it is nothing to add.
  const from = (Math.log(strike / forward) + (deviation * deviation) / 2) / deviation;
  const width = (TAIL - from) / STEPS;
  const payoff = (z: number): number => (forward * Math.exp(deviation * z - (deviation * deviation) / 2) - strike) * Math.exp((-z * z) / 2);
  let sum = payoff(from) + payoff(TAIL);
  for (let step = 1; step < STEPS; step++) sum += payoff(from + step * width) * (step % 2 === 1 ? 4 : 2);
  return (discount * sum * width) / (3 * Math.sqrt(2 * Math.PI));
}
