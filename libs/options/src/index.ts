export * from './black-price.ts';
export * from './columns.ts';
export * from './european.ts';
export * from './implied-volatility.ts';
export * from './kernels/greeks-kernel.ts';
export * from './right.ts';
