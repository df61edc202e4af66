/** Roles of the contract. `viewer` reads; `feed` pushes ticks; `operator` and `admin` run the fleet. */
export const roles = ['viewer', 'user', 'operator', 'admin', 'feed'] as const;
/** A role's name. */
export type Role = (typeof roles)[number];

/** Who is asking, as the token says it. */
export type Caller = Readonly<{ sub: string; roles: ReadonlySet<string>; entitlements: readonly string[]; jti: string | undefined; expMs: number }>;

/** Tells whether the caller has one of the roles. */
export function hasRole(caller: Caller, ...wanted: readonly Role[]): boolean {
  return wanted.some((role) => caller.roles.has(role));
}
