/** What a process can run out of. */
export type Resource = 'memory' | 'heap' | 'event_loop' | 'descriptors' | 'disk';

/** One measurement: which part of its budget a resource takes, and the figures in words. */
export type Usage = Readonly<{ ratio: number; words: string }>;

/** Measures one resource of this process. */
export interface Probe {
  readonly resource: Resource;
  /** Returns `undefined` when there is nothing to compare with. */
  measure(): Promise<Usage | undefined> | Usage | undefined;
  close?(): void;
}

/** A resource that cannot be measured here, and why. */
export type Unmeasured = Readonly<{ resource: Resource; why: string }>;

const BYTES_A_MB = 1024 * 1024;

/** Returns bytes as whole megabytes, for messages. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / BYTES_A_MB)} MB`;
}

/** Returns a budget in megabytes as bytes. */
export function bytesOf(megabytesGiven: number): number {
  return megabytesGiven * BYTES_A_MB;
}
