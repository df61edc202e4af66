import type { Reject } from '@signal/bus';

/** What a handler knows of the entry it works on: its strings, the index of the run's first record, and where bad records go. */
export type RunContext = Readonly<{ strings: readonly string[]; firstIndex: number; reject: Reject }>;
