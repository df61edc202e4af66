import { SignalError } from '@signal/contracts';
import type { Redis } from 'ioredis';
import type { Bus } from '../bus.ts';
import { createSayer, type Sayer } from './connect-redis.ts';
import { connectionTo, nodeOf, ONLY_NODE, refreshNodes } from './redis-nodes.ts';
import { type RawEntry, readStreams } from './stream-replies.ts';

/** Reads streams and waits for news, over a connection of its own: a command behind a blocking read would wait with it. */
export interface BlockingReader {
  /** Returns the entries after each cursor, waiting for the first; none after a quarter of a second, or when cut short. The keys share a slot. */
  read(cursors: ReadonlyMap<string, string>, count: number): Promise<ReadonlyMap<string, readonly RawEntry[]>>;
  /** How often the connection was lost or led elsewhere. What was read before may be gone from the server after it. */
  breaks(): number;
  /** Cuts a read short, because what should be read has changed. */
  cutShort(): void;
  close(): void;
}

/** Bounds what a missed `cutShort` costs. */
const BLOCK_MS = 250;

/** A connection and the id under which its server knows it. */
type Held = { readonly node: string; readonly connection: Redis; id: number | undefined };

type HoldOptions = Readonly<{ name: string; say: Sayer; closed(): void }>;

const hold = (bus: Bus, node: string, { name, say, closed }: HoldOptions): Held => {
  const connection = bus.connectTo(node, name, say);
  const held: Held = { node, connection, id: undefined };
  connection.on('ready', () => {
    connection.client('ID').then(
      (current) => {
        held.id = Number(current);
      },
      () => undefined,
    );
  });
  connection.on('close', () => {
    held.id = undefined;
    closed();
  });
  return held;
};

/** Returns the node that a reply says has the slot now. */
const movedTo = (error: unknown): string | undefined => /^MOVED \d+ (\S+)$/.exec(error instanceof Error ? error.message : '')?.[1];

/** Opens a connection for blocking reads; in a cluster it is one to the node that holds the keys, wherever that moves. */
export function openBlockingReader(bus: Bus, name: string): BlockingReader {
  let breaks = 0;
  const as = {
    name,
    say: createSayer({ name: `${bus.member}:${name}`, log: bus.log }),
    closed: () => {
      breaks += 1;
    },
  };
  let held: Held | undefined = bus.isCluster ? undefined : hold(bus, ONLY_NODE, as);
  let reading = false;
  let closed = false;

  const follow = (node: string | undefined): void => {
    breaks += 1;
    held?.connection.disconnect();
    held = node === undefined || closed ? undefined : hold(bus, node, as);
  };
  const connectionFor = (key: string): Redis => {
    const node = nodeOf(bus.redis, key) ?? held?.node;
    if (held?.node !== node) follow(node);
    if (held === undefined) throw new SignalError('redis_failed', `no node of the cluster is known to hold ${key}`);
    return held.connection;
  };
  const readOnce = (cursors: ReadonlyMap<string, string>, count: number): ReturnType<typeof readStreams> =>
    readStreams(connectionFor([...cursors.keys()][0] ?? ''), { cursors, count, blockMs: BLOCK_MS });

  return {
    read: async (cursors, count) => {
      reading = true;
      try {
        return await readOnce(cursors, count);
      } catch (error) {
        if (bus.isCluster) {
          // Wherever the slot went, the client for commands finds it; until it has, the reply itself says where.
          follow(movedTo(error));
          refreshNodes(bus.redis);
        }
        throw error;
      } finally {
        reading = false;
      }
    },
    breaks: () => breaks,
    cutShort: () => {
      const { id, node = ONLY_NODE } = held ?? {};
      if (reading && id !== undefined)
        connectionTo(bus.redis, node)
          ?.client('UNBLOCK', id)
          .catch(() => undefined);
    },
    close: () => {
      closed = true;
      follow(undefined);
    },
  };
}
