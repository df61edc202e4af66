import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { DEFAULT_READER_BUDGETS, type ReaderBudgets } from './reader-budgets.ts';
import { retentionMetrics } from './retention-metrics.ts';

/** What to trim: the topics of a partition that `service` writes, up to `keepFrom` at most. */
export type TrimRequest = Readonly<{
  service: string;
  partition: number;
  keepFrom: number;
  topics: readonly Topic[];
  /** Readers that hold the trim though they never registered. */
  required: readonly string[];
  /** Given by the one who trims the log: registered readers are judged by these. Elsewhere only who was dropped is heeded. */
  budgets?: ReaderBudgets;
}>;

type Judged = Readonly<{ reader: string; share: number; droppedFor: string; isDropped: boolean }>;

/** Share of its budget from which on a reader is spoken of. */
const WARN_FROM = 0.5;

/** Readers that were spoken of, by bus, until they are well again. */
const warned = new WeakMap<Bus, Set<string>>();

const judgedIn = (flat: readonly unknown[]): readonly Judged[] =>
  Array.from({ length: flat.length / 4 }, (_, i) => {
    const [reader, share, droppedFor, dropped] = flat.slice(i * 4, i * 4 + 4).map(String);
    return { reader: reader ?? '', share: Number(share), droppedFor: droppedFor ?? '', isDropped: dropped === '1' };
  });

const say = (bus: Bus, { partition, topics }: TrimRequest, { reader, share, droppedFor, isDropped }: Judged): void => {
  const said = warned.get(bus) ?? new Set<string>();
  warned.set(bus, said);
  const topic = topics[0] ?? '';
  const place = `${reader} ${topic} ${partition}`;
  const about = { reader, topic, partition, budgetUsed: share };
  if (droppedFor !== '') bus.log.error({ ...about, reason: droppedFor }, 'a reader used up its retention budget and is dropped: it will find a gap');
  else if (share >= WARN_FROM && !isDropped && !said.has(place)) bus.log.warn(about, 'a reader keeps the trim waiting; it is dropped at 1');
  if (share >= WARN_FROM) said.add(place);
  else said.delete(place);
};

/** Trims topics to what registered readers within their budgets need, in one call, and tells of readers that used theirs up. */
export async function trimTopics(bus: Bus, request: TrimRequest): Promise<void> {
  const { partition, topics, required, budgets } = request;
  if (request.keepFrom === 0 || topics.length === 0) return;
  const { keys } = bus;
  const maxBacklogBytes = (budgets ?? DEFAULT_READER_BUDGETS).maxBacklogBytes;
  const [, ...flat] = (await runScript(bus.redis, 'trim', {
    keys: [keys.needed(partition), keys.readers(partition), keys.consumers(partition), ...topics.map((topic) => keys.topic(topic, partition))],
    args: [request.keepFrom, budgets?.budgetMs ?? '', maxBacklogBytes, request.service, required.length, ...required, ...topics],
  })) as readonly unknown[];
  const metrics = bus.metrics === undefined ? undefined : retentionMetrics(bus.metrics);
  for (const one of judgedIn(flat)) {
    metrics?.used(one.reader, { topic: topics[0] ?? '', partition, share: one.share });
    if (one.droppedFor !== '') metrics?.dropped(one.reader);
    say(bus, request, one);
  }
}
