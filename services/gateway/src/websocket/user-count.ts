import { MAX_SOCKETS_PER_USER } from '@signal/contracts';

/** Counts the sockets of each user. */
export interface UserCount {
  /** Counts one more, unless the user has as many as a user may have. */
  admit(user: string): boolean;
  leave(user: string): void;
}

/** Returns a count of nobody. */
export function createUserCount(limit = MAX_SOCKETS_PER_USER): UserCount {
  const counts = new Map<string, number>();
  return {
    admit(user) {
      const count = counts.get(user) ?? 0;
      if (count >= limit) return false;
      counts.set(user, count + 1);
      return true;
    },
    leave(user) {
      const count = (counts.get(user) ?? 0) - 1;
      if (count > 0) counts.set(user, count);
      else counts.delete(user);
    },
  };
}
