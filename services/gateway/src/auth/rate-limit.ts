/** What is left of a caller's quota; `retryAfterS` is 0 while a request is allowed. */
export type Quota = Readonly<{ limit: number; remaining: number; resetS: number; retryAfterS: number }>;

type Bucket = { tokens: number; atMs: number };

/** Token buckets by user: `limit` requests a second, refilled evenly. */
export interface RateLimiter {
  take(user: string, limit: number): Quota;
}

/** Returns a limiter. Buckets that are full again are forgotten beyond `maxUsers`, so that memory stays bounded. */
export function createRateLimiter(nowMs: () => number, maxUsers = 10_000): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const forgetOldest = (): void => {
    const oldest = buckets.keys().next();
    if (buckets.size > maxUsers && oldest.done !== true) buckets.delete(oldest.value);
  };
  return {
    take(user, limit) {
      const now = nowMs();
      const bucket = buckets.get(user) ?? { tokens: limit, atMs: now };
      const tokens = Math.min(limit, bucket.tokens + (Math.max(0, now - bucket.atMs) / 1000) * limit);
      const allowed = tokens >= 1;
      // Deleted and set again, so that the map's order is by last use.
      buckets.delete(user);
      buckets.set(user, { tokens: allowed ? tokens - 1 : tokens, atMs: now });
      forgetOldest();
      const remaining = Math.floor(allowed ? tokens - 1 : tokens);
      return { limit, remaining, resetS: 1, retryAfterS: allowed ? 0 : 1 };
    },
  };
}
