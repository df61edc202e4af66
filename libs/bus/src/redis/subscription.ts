import { createBackoff } from '@signal/kernel';
import type { Redis } from 'ioredis';
import type { Bus } from '../bus.ts';
import { createSayer } from './connect-redis.ts';
import { mastersOf, nodeKeyOf, ONLY_NODE, refreshNodes } from './redis-nodes.ts';

/** What to listen to. A message may be lost while the connection is; nothing may rest on one alone. */
export type SubscriptionOptions = Readonly<{ name: string; channel: string; onMessage(message: string): void }>;

/** An open ear on a channel. */
export interface Subscription {
  close(): void;
}

/** A node that hangs keeps its connections: asked so often, it is found out. */
const PING_EVERY_MS = 5_000;

/**
 * Listens to a channel over a connection of its own, subscribed anew whenever that is. In a cluster any node will do, since each message
 * reaches all of them, and another is chosen when one is lost.
 */
export function openSubscription(bus: Bus, { name, channel, onMessage }: SubscriptionOptions): Subscription {
  const say = createSayer({ name: `${bus.member}:${name}`, log: bus.log });
  const backoff = createBackoff({ baseMs: 20, maxMs: 500 });
  let connection: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const listenAt = (node: string): void => {
    const opened = bus.connectTo(node, name, say);
    connection = opened;
    opened.on('message', (_, message) => onMessage(message));
    opened.on('ready', () => {
      opened.subscribe(channel).then(
        () => backoff.reset(),
        () => opened.disconnect(!bus.isCluster),
      );
    });
    if (bus.isCluster) opened.on('end', again);
  };
  const again = (): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void listenAnywhere(), backoff.nextMs());
  };
  const listenAnywhere = async (): Promise<void> => {
    try {
      const masters = await mastersOf(bus.redis);
      const chosen = masters[Math.floor(Math.random() * masters.length)];
      if (closed) return;
      if (chosen === undefined) again();
      else listenAt(nodeKeyOf(chosen));
    } catch {
      refreshNodes(bus.redis);
      again();
    }
  };
  const ping = async (): Promise<void> => {
    const asked = connection;
    if (asked?.status === 'ready') await asked.ping().catch(() => asked.disconnect());
  };
  const pinging = bus.isCluster ? setInterval(() => void ping(), PING_EVERY_MS) : undefined;
  if (bus.isCluster) void listenAnywhere();
  else listenAt(ONLY_NODE);
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearInterval(pinging);
      connection?.disconnect();
    },
  };
}
