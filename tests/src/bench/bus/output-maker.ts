import type { Output } from '@signal/bus';

/** What a fold knows of an instrument; `index` counts them as they came up. */
export type TickState = { readonly instrument: string; readonly index: number; seq: number; value: number; volume: number; tsMs: number };

/** Collects the signals of one market entry, and makes its output of them. */
export type OutputMaker = Readonly<{ add(state: TickState): void; end(): Output }>;
