export * from './black-price.ts';
export * from './right.ts';
