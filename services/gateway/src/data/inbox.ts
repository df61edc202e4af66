import type { InboxRecord } from '@signal/contracts';

/** Appends a record to the inbox of a partition; it reaches the log through the sequencer. */
export type Inbox = (partition: number, record: InboxRecord) => Promise<unknown>;
