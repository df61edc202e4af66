/** 1/sqrt(2*pi): the normal density at 0. */
export const NORMAL_DENSITY_AT_ZERO = 0.3989422804014327;

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest whole number. */
const ROUND_TO_WHOLE = 6755399441055744;
const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts; the high part has zeros at its end, so that k * LN2_HIGH is exact (fdlibm e_exp.c). */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Below this e^x is under 1e-304 and of no use to a price; the argument is held there. */
const LEAST_EXPONENT = -700;
const GREATEST_EXPONENT = 700;

const TABLE_OFFSET = 1100;
/** 2^k for k from -1100 to 1099. */
const powersOfTwo = Float64Array.from({ length: 2 * TABLE_OFFSET }, (_, index) => 2 ** (index - TABLE_OFFSET));

/**
 * Returns e^x to about an ulp for |x| <= 700, held at the ends beyond. It is our own so that every port of the kernels,
 * wasm included, gives the same bits: e^x = 2^k * e^r with |r| <= ln(2)/2, and a minimax polynomial of degree 11 for e^r.
 */
export function exponential(argument: number): number {
  const x = argument < LEAST_EXPONENT ? LEAST_EXPONENT : argument > GREATEST_EXPONENT ? GREATEST_EXPONENT : argument;
  const k = x * LOG2_E + ROUND_TO_WHOLE - ROUND_TO_WHOLE;
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 2.510520706464424e-8;
  sum = sum * r + 2.762007691611333e-7;
  sum = sum * r + 2.755725542387984e-6;
  sum = sum * r + 2.4801521319879672e-5;
  sum = sum * r + 0.00019841269874802173;
  sum = sum * r + 0.0013888888917198588;
  sum = sum * r + 0.008333333333326141;
  sum = sum * r + 0.04166666666662416;
  sum = sum * r + 0.1666666666666667;
  sum = sum * r + 0.5000000000000001;
  return (1 + (r + r * r * sum)) * (powersOfTwo[k + TABLE_OFFSET] as number);
}

/** Where the fit of the Mills ratio is centred: y = 4.5 maps to t = 0, and [0, inf) to [-1, 1). */
const CENTRE = 4.5;

/**
 * Returns the Mills ratio N(-y) / n(y) of the standard normal for y >= 0, to a few ulp in relative terms however far the tail.
 * With t = (y - 4.5) / (y + 4.5), (y + 4.5) times the ratio is a polynomial in t, fitted by minimax and split
 * into its even and odd part so that two chains of multiplications run side by side.
 */
export function millsRatio(y: number): number {
  const scale = 1 / (y + CENTRE);
  const t = (y - CENTRE) * scale;
  const t2 = t * t;
  let even = 2.6169839104386407e-9;
  even = even * t2 - 2.820281260494159e-8;
  even = even * t2 + 1.769733009419291e-7;
  even = even * t2 - 9.506656551431841e-7;
  even = even * t2 + 5.370892204479653e-6;
  even = even * t2 - 3.568363913114031e-5;
  even = even * t2 + 0.00028084916715245025;
  even = even * t2 - 0.0023004492690417346;
  even = even * t2 + 0.010587028711395354;
  even = even * t2 + 0.2791947658652633;
  even = even * t2 + 1.1190905025319295;
  even = even * t2 + 1.9131352239782862;
  let odd = 6.673353885528368e-10;
  odd = odd * t2 - 1.546808078255064e-8;
  odd = odd * t2 + 1.6556801252521089e-7;
  odd = odd * t2 - 1.2627013517121814e-6;
  odd = odd * t2 + 8.001316129755901e-6;
  odd = odd * t2 - 3.993993667446924e-5;
  odd = odd * t2 + 1.5995536118742555e-5;
  odd = odd * t2 + 0.004383668099004233;
  odd = odd * t2 - 0.084902823891021;
  odd = odd * t2 - 0.6345323932482235;
  odd = odd * t2 - 1.6048882049011248;
  return scale * (even + t * odd);
}
