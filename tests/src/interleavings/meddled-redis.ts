import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { isWrite, type Meddling, openLink } from '../chaos/proxy/redis-link.ts';

/** A way to Redis on which a test decides what becomes of each write. */
export interface MeddledRedis {
  readonly url: string;
  /** What becomes of the writes to come; told how many writes came before. */
  meddle: (writes: number) => Meddling;
  /** How often each was done. */
  readonly counts: Readonly<Record<Meddling, number>>;
  /** From now on no request is sent on. */
  hold(): void;
  /** Writes that wait. */
  heldWrites(): number;
  /** Sends on what waits, and all that comes. */
  release(): void;
  close(): Promise<void>;
}

/** Opens a way to `redisUrl` on which nothing happens until the test says so. */
export async function openMeddledRedis(redisUrl: string): Promise<MeddledRedis> {
  const { hostname, port } = new URL(redisUrl);
  const counts = { nothing: 0, duplicate: 0, delay: 0, 'lose-reply': 0 };
  const clients = new Set<Socket>();
  let writes = 0;
  let held = 0;
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const mayPass = async (request: Buffer): Promise<void> => {
    const { promise } = gate;
    held += isWrite(request) ? 1 : 0;
    await promise;
    held -= isWrite(request) ? 1 : 0;
  };
  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    const noted = (what: Meddling): void => {
      counts[what] += 1;
    };
    openLink(client, { host: hostname, port: Number(port), meddle: () => meddled.meddle(writes++), noted, mayPass });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const meddled: MeddledRedis = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: () => 'nothing',
    counts,
    hold: () => {
      gate = Promise.withResolvers<void>();
    },
    heldWrites: () => held,
    release: () => gate.resolve(),
    close: async () => {
      gate.resolve();
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return meddled;
}
