/** What the doctor looks at, in the order in which it is told. */
export const checkIds = [
  'config.reachable',
  'redis.version',
  'redis.persistence',
  'redis.eviction',
  'redis.memory',
  'redis.cluster',
  'postgres.reachable',
  'postgres.version',
  'objectStore.reachable',
  'members.present',
  'partitions.owned',
] as const;
/** A check's name. */
export type CheckId = (typeof checkIds)[number];

/** What one check found. `advice` is empty where there is nothing to do. */
export type Finding = Readonly<{ id: CheckId; status: 'pass' | 'warn' | 'fail'; detail: string; advice: string }>;

/** Returns a finding that asks for nothing. */
export function pass(id: CheckId, detail: string): Finding {
  return { id, status: 'pass', detail, advice: '' };
}

/** Returns a finding with which the fleet runs, and what to do about it. */
export function warn(id: CheckId, detail: string, advice: string): Finding {
  return { id, status: 'warn', detail, advice };
}

/** Returns a finding with which the fleet cannot be trusted, and what to do about it. */
export function fail(id: CheckId, detail: string, advice: string): Finding {
  return { id, status: 'fail', detail, advice };
}

/** Returns the reason of a failure in one line, without the secrets that an address may hold. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\/\/[^@\s/]*@/g, '//');
}
