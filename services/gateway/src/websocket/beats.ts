import type { Fleet } from '../data/fleet.ts';
import { marketStatusOf } from '../data/market-status.ts';
import type { GatewayDeps } from '../deps.ts';
import type { Feeds } from './feeds.ts';
import { createFrame } from './frame.ts';
import { scalingFrame } from './snapshots.ts';
import type { SocketServer } from './socket-server.ts';

const CHECK_EVERY_MS = 1_000;
const CHECKS_A_HEARTBEAT = 5;

type BeatDeps = Readonly<{ gateway: GatewayDeps; sockets: SocketServer; feeds: Feeds; onFailure: (error: unknown) => void }>;

/** Returns how far the slowest partition of the slowest service is behind, 0 when none is known to be. */
const lagOf = async (fleet: Fleet): Promise<number> => Math.max(0, ...(await fleet.partitions()).map((row) => row.lagMs ?? 0));

/** Checks sockets every second, and every five sends heartbeats and a market status that has changed. Returns the function that ends it. */
export function startBeats({ gateway, sockets, feeds, onFailure }: BeatDeps): () => void {
  let checks = 0;
  let isBusy = false;
  let shown = '';
  let scaledAtMs = 0;

  const publishStatus = async (): Promise<void> => {
    const status = await marketStatusOf(gateway);
    const tsMs = status.data[0]?.lastEventMs ?? 0;
    const text = JSON.stringify(status.data.map(({ lastEventMs: _lastEventMs, ...row }) => row));
    if (text === shown) return;
    shown = text;
    feeds.publish(createFrame({ topic: 'market-status', seq: tsMs, tsMs, final: true, data: status, mustDeliver: false }));
  };

  const publishScaling = async (): Promise<void> => {
    const frame = await scalingFrame(gateway);
    if (frame === undefined || frame.seq === scaledAtMs) return;
    scaledAtMs = frame.seq;
    feeds.publish(frame);
  };

  const beat = async (): Promise<void> => {
    isBusy = true;
    try {
      sockets.heartbeat(await lagOf(gateway.fleet));
      await publishStatus();
      await publishScaling();
    } catch (error) {
      onFailure(error);
    } finally {
      isBusy = false;
    }
  };

  const timer = setInterval(() => {
    sockets.check();
    checks += 1;
    if (checks % CHECKS_A_HEARTBEAT === 0 && !isBusy && sockets.size() > 0) void beat();
  }, CHECK_EVERY_MS);
  return () => clearInterval(timer);
}
