export * from './bars/bar-builder.ts';
export * from './bars/bar-span.ts';
export { type Contribution, extendBar, openBar, type OpenBar, NEVER_MS } from './bars/bar-state.ts';
export * from './calendar/dates.ts';
export * from './calendar/holidays.ts';
export * from './calendar/new-york.ts';
export * from './calendar/sessions.ts';
export * from './options/expiries.ts';
