/** Where large snapshots go; the object store of `@signal/store` fits. */
export interface SnapshotObjects {
  put(key: string, bytes: Buffer): Promise<unknown>;
  get(key: string): Promise<Uint8Array>;
  remove(key: string): Promise<unknown>;
}

/** A state after entry `n` of the log. */
export type Snapshot = Readonly<{ n: number; bytes: Uint8Array }>;

/**
 * Returns what makes the bytes of an older version those of the current one, or undefined where nothing does: the state is then rebuilt
 * from the log.
 */
export type Migrate = (version: string) => ((bytes: Uint8Array) => Uint8Array) | undefined;

/** Whose snapshots are read and written, and of which version. */
export type SnapshotOptions = Readonly<{
  service: string;
  version: string;
  migrate?: Migrate;
  objects?: SnapshotObjects;
}>;
