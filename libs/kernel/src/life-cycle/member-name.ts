import { parseArgs } from 'node:util';
import { SignalError } from '@signal/contracts';

/** Returns the member's name from `--member NAME`, else the service's name and the process id. */
export function memberName(service: string, argv: readonly string[], pid: number): string {
  const { member } = parse(argv);
  if (member === undefined) return `${service}-${pid}`;
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(member)) return member;
  throw new SignalError('usage', `--member is "${member}", and must be 1 to 64 of a-z, 0-9, dot, dash and underscore`);
}

function parse(argv: readonly string[]): { member?: string | undefined } {
  try {
    return parseArgs({ args: [...argv], options: { member: { type: 'string' } }, strict: true }).values;
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
