/** Tells whether a caught value carries one of these system codes (`ENOENT`, `EADDRINUSE` …). It asks the shape, not the class: errors cross realms. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
