/** What a member did for a partition since it was last asked: the time its event loop spent on it, and the entries it brought forward. */
export type PartitionWork = Readonly<{ busyMs: number; entries: number }>;

/** What one partition costs one service, as measured by its owner and read by leader, operators and the scaling advice. */
export type PartitionLoad = Readonly<{
  partition: number;
  member: string;
  /** Share of one core, 0 to 1, smoothed over some seconds. */
  busy: number;
  entriesPerS: number;
  /** Server time of the measurement. */
  atMs: number;
}>;
