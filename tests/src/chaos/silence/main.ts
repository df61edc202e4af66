import { connectRedis } from '@signal/bus';
import { createKeys } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import type { Gap, OwnerChange, Watched } from './gap.ts';
import { createSilenceClock, type SilenceClock } from './silence-clock.ts';

/** What to watch, and how often positions and owners are looked at. */
export type WatchOptions = Readonly<{ redisUrl: string; services: readonly string[]; partitions: readonly number[] }>;

const POLL_MS = 8;
const OWNERS_EVERY_MS = 40;
const SEQUENCER = 'ingest';
/** It keeps its position in Postgres, and shows it as its need. */
const ARCHIVE = 'archive';

const { redisUrl, services, partitions } = JSON.parse(process.argv[2] ?? '{}') as WatchOptions;
const redis = connectRedis(redisUrl, { name: 'chaos:watch' });
const keys = createKeys();
const gaps: Gap[] = [];
const changes: OwnerChange[] = [];
const owners = new Map<string, string>();
const watched = services.flatMap((service) =>
  partitions.map((partition) => ({ service, partition, clock: createSilenceClock({ isSequencer: service === SEQUENCER }) })),
);

type Place = Readonly<{ service: string; partition: number; clock: SilenceClock }>;

const positionOf = async ({ service, partition }: Place): Promise<number> => {
  const text =
    service === ARCHIVE ? await redis.hget(keys.needed(partition), ARCHIVE) : await redis.hget(keys.position(service, partition), 'cursor');
  return Number.parseInt(text ?? '0', 10);
};

const lookAtPositions = async (): Promise<void> => {
  const positions = await Promise.all(watched.map(positionOf));
  const atMs = Date.now();
  const logs = new Map(watched.flatMap((place, index) => (place.service === SEQUENCER ? [[place.partition, positions[index] ?? 0] as const] : [])));
  watched.forEach((place, index) => {
    const gap = place.clock.see(atMs, positions[index] ?? 0, logs.get(place.partition) ?? 0);
    if (gap !== undefined) gaps.push({ service: place.service, partition: place.partition, ...gap });
  });
};

const lookAtOwners = async (): Promise<void> => {
  const found = await Promise.all(watched.map(({ service, partition }) => redis.hmget(keys.lease(service, partition), 'member', 'epoch')));
  const atMs = Date.now();
  watched.forEach(({ service, partition }, index) => {
    const owner = found[index]?.join(' ') ?? '';
    const before = owners.get(`${service} ${partition}`);
    if (before !== undefined && before !== owner) changes.push({ service, partition, atMs, from: before, to: owner });
    owners.set(`${service} ${partition}`, owner);
  });
};

process.on('message', () => process.send?.({ gaps: gaps.splice(0), changes: changes.splice(0) } satisfies Watched));
process.on('disconnect', () => process.exit(0));
process.send?.('watching');
let ownersAtMs = 0;
for (;;) {
  // Redis may be away; what was seen before stands until it is back.
  await lookAtPositions().catch(() => undefined);
  if (Date.now() - ownersAtMs >= OWNERS_EVERY_MS) {
    ownersAtMs = Date.now();
    await lookAtOwners().catch(() => undefined);
  }
  await wait(POLL_MS);
}
