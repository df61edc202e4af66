/** A stretch in which one service committed nothing of one partition although there was something to do. Times are wall milliseconds. */
export type Gap = Readonly<{ service: string; partition: number; fromMs: number; toMs: number }>;

/** A change of a partition's owner, as it was seen. */
export type OwnerChange = Readonly<{ service: string; partition: number; atMs: number; from: string; to: string }>;

/** What was watched. */
export type Watched = Readonly<{ gaps: readonly Gap[]; changes: readonly OwnerChange[] }>;
