import { createHash } from 'node:crypto';
import type { publicTopics } from '@signal/contracts';

/** A topic that any Redis client may read. */
export type PublicTopic = (typeof publicTopics)[number];

/** A consumer group outside the fleet that must not lose entries to trimming while it is within its budget. */
export type Consumer = Readonly<{
  id: string;
  topic: PublicTopic;
  group: string;
  retentionBudgetMs: number;
  /** Who registered it, and when. */
  owner: string;
  createdAtMs: number;
}>;

/** What somebody registers. */
export type ConsumerWish = Pick<Consumer, 'topic' | 'group' | 'retentionBudgetMs' | 'owner'>;

/** Returns the id of a topic's group: registering it again renews it. */
export function consumerId(topic: string, group: string): string {
  return `con_${createHash('sha256').update(`${topic} ${group}`).digest('hex').slice(0, 20)}`;
}
