import path from 'node:path';

/** Returns the top of the checkout. */
export function rootFolder(): string {
  return path.resolve(import.meta.dirname, '../../../..');
}
