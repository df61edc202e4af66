/** A live member of a service. */
export type MemberInfo = Readonly<{
  service: string;
  member: string;
  pid: number;
  url: string;
  startedAtMs: number;
  partitions: number;
  busy: number;
  draining: boolean;
}>;

/** How far a service is behind in a partition. `null` means unknown, never 0. */
export type PartitionLag = Readonly<{
  service: string;
  partition: number;
  slot: number;
  owner: string | null;
  epoch: number;
  lagEntries: number | null;
  lagMs: number | null;
  /** Sequence of the last committed market entry. */
  n: number;
}>;
