import type { OwnedPressure } from '../pressure/create-pressure.ts';
import type { ProcessLife } from './process-life.ts';

/** How long a start waits for space on a full disk. */
const ROOM_TIMEOUT_MS = 60_000;

/**
 * Lets a start wait while a disk is full: the new process would end as the old one did. After a minute it asks to be started anew, which is
 * no failure, and throws `exhausted`.
 */
export async function awaitRoom(pressure: OwnedPressure, life: ProcessLife): Promise<void> {
  try {
    await pressure.untilRoom(ROOM_TIMEOUT_MS);
  } catch (error) {
    life.restart(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
