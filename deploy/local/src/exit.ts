import { isSignalError } from '@signal/contracts';
import { hasCode } from '@signal/kernel';

const FAILURE = 1;
const USAGE = 2;

/** Returns the exit code of a failed command: 2 for a bad command line, else 1. */
export function exitCodeOf(error: unknown): number {
  return isSignalError(error, 'usage') ? USAGE : FAILURE;
}

/** Returns one sentence for the user: what failed, and the disk if it is that. */
export function sentenceOf(error: unknown): string {
  if (isFullDisk(error)) return `the disk is full: ${messageOf(error)}`;
  return messageOf(error).replaceAll(/\s*\n\s*/g, ' ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isFullDisk(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (hasCode(at, 'ENOSPC') || /no space left on device/i.test(at.message)) return true;
  }
  return false;
}
