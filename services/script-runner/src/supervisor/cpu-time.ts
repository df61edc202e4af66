import { readFileSync } from 'node:fs';

/** A tick of the kernel's accounting on Linux. */
const MS_PER_TICK = 10;
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** Returns the processor time that a process has used so far, or `undefined` where the system does not tell (not Linux, or it ended). */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets: fields are counted from behind the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}
