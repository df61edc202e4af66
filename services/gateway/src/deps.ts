import type { Catalogue, Keys } from '@signal/contracts';
import type { Clock, ConfigStatus } from '@signal/kernel';
import type { JSONWebKeySet } from 'jose';
import type { CursorSigner } from './data/cursor.ts';
import type { Fleet } from './data/fleet.ts';
import type { History } from './data/history.ts';
import type { Inbox } from './data/inbox.ts';
import type { LatestSource } from './data/latest-source.ts';
import type { Planner } from './data/planner.ts';

/** What the routes and the WebSocket answer from. */
export type GatewayDeps = Readonly<{
  partitions: number;
  keys: Keys;
  latest: LatestSource;
  inbox: Inbox;
  planner: Planner;
  history: History;
  catalogue: Catalogue;
  fleet: Fleet;
  cursors: CursorSigner;
  clock: Clock;
  configStatus: () => ConfigStatus;
  /** The running feed's name: `replay`, `push`, … */
  feed: () => string;
  jwks: () => JSONWebKeySet;
  publicUrl: () => string;
  /** `undefined` when requests are welcome, else why not. */
  notReady: () => string | undefined;
}>;
