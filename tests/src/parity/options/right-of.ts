import type { Right } from '@signal/options';

/** Returns the right of a golden's `type`. */
export function rightOf(type: string): Right {
  return type === 'C' ? 'C' : 'P';
}
