/** Where large snapshots go; the object store of `@signal/store` fits. */
export interface SnapshotObjects {
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  get(key: string): Promise<Uint8Array>;
  remove(key: string): Promise<unknown>;
}
