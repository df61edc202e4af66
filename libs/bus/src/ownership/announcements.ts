import type { Bus } from '../bus.ts';
import type { RedisClient } from '../redis/redis-client.ts';

/** What members tell each other at once, so that nobody waits for a beat. It may get lost: the next beat finds out all the same. */
export type Announcement =
  | Readonly<{ kind: 'joined' | 'planned' | 'asked' }>
  /** A partition is free; `to` is who should take it, '' if that is not known. */
  | Readonly<{ kind: 'released'; partition: number; to: string }>;

/** A service's channel. */
export interface Announcements {
  /** Listens from now on. */
  start(): void;
  /** Resolves when it was sent. */
  say(announcement: Announcement): Promise<void>;
  stop(): void;
}

/** Returns the channel of a service; `heard` is called with what others (and this member) say. */
export function createAnnouncements(bus: Bus, service: string, heard: (announcement: Announcement) => void): Announcements {
  const channel = bus.keys.released(service);
  let subscriber: RedisClient | undefined;
  return {
    start: () => {
      subscriber = bus.connect(`${service}:released`);
      subscriber.on('message', (_, message) => heard(JSON.parse(message) as Announcement));
      subscriber
        .subscribe(channel)
        .catch((error: unknown) => bus.log.warn({ service, error: String(error) }, 'announcements are not heard; members wait for their beats'));
    },
    say: async (announcement) => {
      await bus.redis.publish(channel, JSON.stringify(announcement));
    },
    stop: () => subscriber?.disconnect(),
  };
}
