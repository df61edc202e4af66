import type { Logger } from '@signal/kernel';
import type { FeedBoard } from '../feed/feed-board.ts';

/** The part of a response that an answer needs. */
type Answer = { status(code: number): Answer; json(body: unknown): unknown };

/** Answers `GET /feed`: how far the feed is, in all partitions of all members. */
export function onFeedRequest({ board, log }: Readonly<{ board: FeedBoard; log: Logger }>): (request: unknown, response: Answer) => Promise<void> {
  return async (_request, response) => {
    try {
      response.json(await board.read());
    } catch (error) {
      log.warn({ error: String(error) }, 'the state of the feed could not be read');
      response.status(503).json({ reason: 'the state of the feed could not be read' });
    }
  };
}
