import type { Catalogue, Keys } from '@signal/contracts';
import type { Clock, ConfigStatus } from '@signal/kernel';
import type { JSONWebKeySet } from 'jose';
import type { Consumers } from './data/consumers.ts';
import type { CursorSigner } from './data/cursor.ts';
import type { Fleet } from './data/fleet.ts';
import type { History } from './data/history.ts';
import type { Inbox } from './data/inbox.ts';
import type { LatestSource } from './data/latest-source.ts';
import type { PlacementOrders } from './data/placement-orders.ts';
import type { Letters } from './data/letters.ts';
import type { Planner } from './data/planner.ts';
import type { Shedder } from './shedding/shedder.ts';

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
  consumers: Consumers;
  placement: PlacementOrders;
  letters: Letters;
  cursors: CursorSigner;
  clock: Clock;
  configStatus: () => ConfigStatus;
  /** The running feed's name: `replay`, `push`, … */
  feed: () => string;
  jwks: () => JSONWebKeySet;
  publicUrl: () => string;
  /** Puts requests in order when there are too many. */
  shedder: Shedder;
  /** `undefined` when requests are welcome, else why not. */
  notReady: () => string | undefined;
}>;
