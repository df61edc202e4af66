import { pid } from 'node:process';
import { openBus, createSequencer, type OpenedAt, type SequencedPartition } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { openArchivedLog } from '@signal/store';
import type { settings as definition } from './config.ts';
import { createFeedBoard } from './feed/feed-board.ts';
import { createSource } from './feed/create-source.ts';
import { onFeedRequest } from './handlers/on-feed-request.ts';
import { FeedPartition } from './partition/feed-partition.ts';

const NAME = 'ingest';
/** Changes whenever the bytes of a partition's snapshot or control do. */
const STATE_VERSION = 'ingest-1';
const BOARD_EVERY_MS = 500;

/** Returns the service: the sequencer of `market`, fed by the feed that the settings name. */
export async function createIngestService(context: ServiceContext<typeof definition>): Promise<Service> {
  const { settings, log, clock, metrics, ops } = context;
  const bus = await openBus(context);
  const source = createSource(settings, bus);
  const board = createFeedBoard({ store: bus.redis, key: bus.keys.global('feed'), feed: source.name, endsIn: () => source.endsIn });
  const defaults = { intervals: settings.BAR_INTERVALS, plans: settings.DEFAULT_PLANS, scripts: settings.DEFAULT_SCRIPTS };
  const open = async (partition: number, at: OpenedAt): Promise<SequencedPartition> =>
    new FeedPartition({
      feed: source.feedOf(partition),
      at,
      defaults,
      wallMs: () => clock.nowMs(),
      count: (outcome, records) => metrics.recordsTotal.inc({ service: NAME, outcome }, records),
      onCommitted: ({ timeMs, over, instruments }) => {
        // A file's partition may hold refused rows alone: its end counts too, though no instrument is known there.
        if (instruments.length > 0 || source.endsIn.includes(partition))
          board.note(partition, { feed: source.name, state: over ? 'ended' : 'live', marketTimeMs: timeMs, instruments });
      },
    });
  const readerBudgets = { budgetMs: settings.RETENTION_BUDGET_MS, maxBacklogBytes: settings.RETENTION_MAX_BYTES };
  const stored = openArchivedLog(context);
  const sequencer = createSequencer(bus, {
    service: NAME,
    info: { pid, url: ops.url },
    version: STATE_VERSION,
    open,
    readerBudgets,
    readOlder: stored.read,
  });
  let boardTimer: NodeJS.Timeout | undefined;
  const flush = (): void => void board.flush().catch((error: unknown) => log.warn({ error: String(error) }, 'the state of the feed was not written'));
  ops.app.get('/feed', onFeedRequest({ board, log }));
  return {
    name: NAME,
    start: async () => {
      await source.start();
      await sequencer.start();
      boardTimer = setInterval(flush, BOARD_EVERY_MS);
    },
    stop: async () => {
      clearInterval(boardTimer);
      try {
        await sequencer.stop();
        await source.stop();
        await board.flush();
      } finally {
        await stored.close();
        await bus.close();
      }
    },
    unhealthy: () => sequencer.unhealthy(),
  };
}
