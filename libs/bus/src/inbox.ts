import { type InboxRecord, inboxRecord, SignalError, WIRE_VERSION } from '@signal/contracts';
import type { Bus } from './bus.ts';
import type { RawEntry } from './redis/stream-replies.ts';

/** Records that may wait in an inbox; beyond that the sender is told to come back. */
export const MAX_INBOX_ENTRIES = 100_000;

/**
 * Appends a record to a partition's inbox, from where the sequencer takes it into the log, and returns its id there. After a timeout it
 * may or may not have been appended, and where replicas that must confirm it do not, it was, and throws `unavailable`; control records
 * may be sent twice without harm.
 */
export async function appendInbox(bus: Bus, partition: number, record: InboxRecord): Promise<string> {
  const key = bus.keys.topic('inbox', partition);
  const waiting = await bus.redis.xlen(key);
  if (waiting >= MAX_INBOX_ENTRIES) throw new SignalError('overloaded', `${key} holds ${waiting} records, and may hold ${MAX_INBOX_ENTRIES}`);
  const append = (): Promise<string | null> => bus.redis.xadd(key, '*', 'v', WIRE_VERSION, 'json', JSON.stringify(record));
  const { result: id, isConfirmed } = await bus.replicas.write(key, append);
  if (id === null) throw new SignalError('redis_failed', `XADD to ${key} answered without an id`);
  if (!isConfirmed) throw new SignalError('unavailable', `${bus.replicas.wanted} replicas did not confirm record ${id} of ${key} in time`);
  return id;
}

/** Returns the record of an inbox entry, or throws `schema`: anybody may append there, so it is checked like any border. */
export function decodeInbox(entry: RawEntry): InboxRecord {
  const text = entry.fields.get('json')?.toString() ?? '';
  try {
    return inboxRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new SignalError('schema', `inbox entry ${entry.id} does not fit its schema: ${text.slice(0, 200)}`, { cause });
  }
}
