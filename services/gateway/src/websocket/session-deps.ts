import type { Catalogue, Instrument } from '@signal/contracts';
import type { Verifier } from '../auth/verifier.ts';
import type { Planner } from '../data/planner.ts';
import type { Feeds, StreamName } from './feeds.ts';
import type { Beginning, Resume } from './snapshots.ts';
import type { TopicTarget } from './topic-name.ts';

/** What a session answers from; timers come in, so that a test can move time. */
export type SessionDeps = Readonly<{
  verifier: () => Verifier;
  catalogue: Catalogue;
  known: (text: string) => Promise<Instrument>;
  planner: Pick<Planner, 'request'>;
  feeds: Feeds;
  streams: (target: TopicTarget) => Promise<readonly StreamName[]>;
  lastId: (stream: StreamName) => Promise<string>;
  beginning: (target: TopicTarget, resume: Resume | undefined) => Promise<Beginning>;
  /** Counts a user's socket; false = one too many. */
  admit: (user: string) => boolean;
  leave: (user: string) => void;
  nowMs: () => number;
  later: (work: () => void, ms: number) => () => void;
  defer: (work: () => void) => void;
  onFailure: (error: unknown) => void;
}>;
