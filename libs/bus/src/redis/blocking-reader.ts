import type { Bus } from '../bus.ts';
import { type RawEntry, readStreams } from './stream-replies.ts';

/** Reads streams and waits for news, over a connection of its own: a command behind a blocking read would wait with it. */
export interface BlockingReader {
  /** Returns the entries after each cursor, waiting for the first; none after a quarter of a second, or when cut short. */
  read(cursors: ReadonlyMap<string, string>, count: number): Promise<ReadonlyMap<string, readonly RawEntry[]>>;
  /** Cuts a read short, because what should be read has changed. */
  cutShort(): void;
  close(): void;
}

/** Bounds what a missed `cutShort` costs. */
const BLOCK_MS = 250;

/** Opens a connection for blocking reads. */
export function openBlockingReader(bus: Bus, name: string): BlockingReader {
  const connection = bus.connect(name);
  let id: number | undefined;
  let reading = false;
  connection.on('ready', () => {
    connection.client('ID').then(
      (current) => {
        id = Number(current);
      },
      () => undefined,
    );
  });
  connection.on('close', () => {
    id = undefined;
  });
  return {
    read: async (cursors, count) => {
      reading = true;
      try {
        return await readStreams(connection, { cursors, count, blockMs: BLOCK_MS });
      } finally {
        reading = false;
      }
    },
    cutShort: () => {
      if (reading && id !== undefined) bus.redis.client('UNBLOCK', id).catch(() => undefined);
    },
    close: () => connection.disconnect(),
  };
}
