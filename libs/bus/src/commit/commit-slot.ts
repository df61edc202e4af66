import { type EntryFields, SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { DEAD_LETTERS_KEPT, encodeDeadLetter } from '../dead-letters/dead-letter.ts';
import { gatherWrites } from '../redis/gather-writes.ts';
import { runScript } from '../scripts/run-script.ts';
import { type Argument, pushRuns } from './entry-runs.ts';
import type { CommitFailure, CommitResult, PartitionCommit, TopicCommit } from './partition-commit.ts';

/** Bytes of one entry at most. Folds cut their outputs far below. */
export const MAX_ENTRY_BYTES = 1024 * 1024;
/** Bytes of one field of the position hash at most; the control state is the largest. */
export const MAX_POSITION_FIELD_BYTES = 4 * 1024;

type Call = { keys: string[]; args: Argument[] };

const pushPairs = (args: Argument[], pairs: readonly (readonly [string, string | Buffer])[]): void => {
  args.push(pairs.length);
  for (const [field, value] of pairs) args.push(field, value);
};

const pushFields = (args: Argument[], fields: EntryFields): void => pushPairs(args, Object.entries(fields));

const pushTopic = (bus: Bus, call: Call, { topic, partition }: Readonly<{ topic: TopicCommit; partition: number }>): void => {
  call.keys.push(bus.keys.topic(topic.topic, partition), bus.keys.latest(topic.topic, partition));
  call.args.push(topic.topic, topic.prev);
  pushRuns(call.args, topic.entries);
  const kept = [...topic.latest].filter(([, value]) => value.length > 0);
  pushPairs(call.args, kept);
  call.args.push(topic.latest.size - kept.length);
  for (const [field, value] of topic.latest) if (value.length === 0) call.args.push(field);
};

const pushPartition = (bus: Bus, call: Call, commit: PartitionCommit): void => {
  const { lease, group } = commit;
  const { service, partition } = lease;
  const position = bus.keys.position(service, partition);
  call.keys.push(bus.keys.lease(service, partition), position, group === undefined ? position : bus.keys.topic(group.topic, partition));
  call.keys.push(bus.keys.dead(service, partition));
  call.args.push(lease.member, lease.nonce, lease.epoch);
  const expected = Object.entries(commit.expected);
  call.args.push(expected.length, ...expected.map(([field]) => field), ...expected.map(([, value]) => value));
  pushPairs(call.args, Object.entries(commit.position));
  if (group === undefined) call.args.push('', '', '');
  else call.args.push(service, group.id, group.entriesRead);
  call.args.push(commit.topics.length);
  for (const topic of commit.topics) pushTopic(bus, call, { topic, partition });
  call.args.push(commit.deadLetters.length);
  for (const letter of commit.deadLetters) pushFields(call.args, encodeDeadLetter(letter, bus.keys.topic(letter.topic, partition)));
  call.args.push(DEAD_LETTERS_KEPT);
};

const codes = ['fenced', 'cursor_moved', 'commit_refused'] as const;

const resultOf = (reply: unknown): CommitResult => {
  const text = String(reply);
  if (text === '') return undefined;
  const code: CommitFailure['code'] = codes.find((one) => text.startsWith(`${one} `)) ?? 'commit_refused';
  return { code, detail: text.slice(code.length + 1) };
};

/**
 * Commits batches of partitions of one slot in one call and says of each whether it was written. Throws when Redis did not answer:
 * what was written is then unknown, and `settleCommits` finds out.
 */
export async function sendCommits(bus: Bus, commits: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
  const call: Call = { keys: [], args: [commits.length, MAX_ENTRY_BYTES, MAX_POSITION_FIELD_BYTES] };
  for (const commit of commits) pushPartition(bus, call, commit);
  gatherWrites(bus.redis);
  const replies = await runScript(bus.redis, 'commit', call);
  if (!Array.isArray(replies) || replies.length !== commits.length) {
    throw new SignalError('redis_failed', `the commit of ${commits.length} partitions was answered with ${String(replies).slice(0, 80)}`);
  }
  return replies.map(resultOf);
}
