import type { ServerHistory } from '../redis/server-history.ts';

/** What is stored of a partition: sequence of the position, of the log's end, and the history in which both were last proven. */
export type StoredEnds = Readonly<{ n: number; lastN: number; origin: string }>;

/** What a partition lost or may have lost after a sequence. */
export type LogRollback = Readonly<{ lostAfter: number; reason: 'rolled-back' | 'failover-unproven' }>;

/** What Redis says where there is no history before. */
const NO_HISTORY = /^0*$/;

/**
 * Returns the rollback that a partition went through, if any. One is proven when the log, or the stored position, is behind what was
 * acknowledged to this process (`acknowledgedN`, 0 = nothing). It is assumed when the server holds another's data since the position
 * was last proven, and this process was not the last to write: what the last writer was told nobody knows.
 */
export function judgeRollback(stored: StoredEnds, acknowledgedN: number, server: ServerHistory): LogRollback | undefined {
  const { n, lastN, origin } = stored;
  if (lastN < n || n < acknowledgedN) return { lostAfter: Math.min(n, lastN), reason: 'rolled-back' };
  const isProven = origin === '' || origin === server.id || (n > 0 && n === acknowledgedN);
  return isProven || NO_HISTORY.test(server.before) ? undefined : { lostAfter: n, reason: 'failover-unproven' };
}
