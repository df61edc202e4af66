import type { Bus } from '../bus.ts';
import { openSubscription, type Subscription } from '../redis/subscription.ts';

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

/** Returns the announcement in a message; one of another version says only that there is something to look at. */
const parse = (message: string): Announcement => {
  try {
    return JSON.parse(message) as Announcement;
  } catch {
    return { kind: 'asked' };
  }
};

/** Returns the channel of a service; `heard` is called with what others (and this member) say. */
export function createAnnouncements(bus: Bus, service: string, heard: (announcement: Announcement) => void): Announcements {
  const channel = bus.keys.released(service);
  let subscription: Subscription | undefined;
  return {
    start: () => {
      subscription = openSubscription(bus, { name: `${service}:released`, channel, onMessage: (message) => heard(parse(message)) });
    },
    say: async (announcement) => {
      await bus.redis.publish(channel, JSON.stringify(announcement));
    },
    stop: () => subscription?.close(),
  };
}
