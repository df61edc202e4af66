import type { Say } from '../progress.ts';
import type { Spec } from '../process/supervised.ts';

/** A backend of our own: how to start it, and a text that its command line holds, to know it again after the launcher was killed. */
export type Backend = Readonly<{ spec: Spec; holds: string }>;

/** What starting a backend needs. */
export type BackendDeps = Readonly<{
  /** The data folder, and the folder of logs in it. */
  folder: string;
  logs: string;
  /** PATH and HOME of the launcher. */
  searchPath: string;
  say: Say;
}>;
