import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SignalError } from '@signal/contracts';
import { EXHAUSTED_EXIT_CODE, hasCode, withDeadline } from '@signal/kernel';

/** A program to run in the background, with its output appended to a file. */
export type Program = Readonly<{
  command: string;
  args: readonly string[];
  logFile: string;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** User to run as, when we are root and the program refuses that. */
  uid?: number | undefined;
  /** Opens an IPC channel, over which our services announce themselves. */
  ipc?: boolean;
}>;

const ROTATE_BYTES = 32 * 1024 * 1024;
const KILL_TIMEOUT_MS = 5000;
const TAIL_CHARACTERS = 16_384;

/** Starts a program in a process group of its own, so that the terminal's Ctrl-C reaches the launcher alone. */
export function startProgram(program: Program): ChildProcess {
  const log = openLog(program.logFile);
  const options: SpawnOptions = {
    stdio: ['ignore', log, log, ...(program.ipc === true ? (['ipc'] as const) : [])],
    detached: true,
    env: program.env ?? {},
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    ...(program.uid === undefined ? {} : { uid: program.uid, gid: program.uid }),
  };
  try {
    const child = spawn(program.command, [...program.args], options);
    // A failed spawn is reported by `whenGone`; without a listener it would end this process.
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Tells whether a child process still runs. */
export function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** How a process went, in words; `isExhausted` = it used up a budget, drained and asks to be started anew. */
export type Gone = Readonly<{ how: string; isExhausted: boolean }>;

/** Resolves when a child is gone, with how it went. */
export async function whenGone(child: ChildProcess): Promise<Gone> {
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    return { how: `could not be started: ${error.message}`, isExhausted: false };
  }
  if (isAlive(child)) await once(child, 'exit').catch(() => undefined);
  if (child.signalCode !== null) return { how: `was ended by ${child.signalCode}`, isExhausted: false };
  if (child.exitCode === EXHAUSTED_EXIT_CODE) return { how: 'used up a budget and drained', isExhausted: true };
  return { how: `ended with exit code ${child.exitCode}`, isExhausted: false };
}

/** Asks a child to end by `signal`, and kills it after `timeoutMs`. Returns whether it ended by itself. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  if (!isAlive(child)) return true;
  const gone = whenGone(child);
  child.kill(signal);
  try {
    await withDeadline(gone, timeoutMs, `the end of process ${child.pid}`);
    return true;
  } catch {
    child.kill('SIGKILL');
    await withDeadline(gone, KILL_TIMEOUT_MS, `the end of process ${child.pid} after SIGKILL`);
    return false;
  }
}

/** Returns the last line of a log file that says something, for an error's sentence. */
export function lastLine(logFile: string): string {
  try {
    return lastWordsOf(readFileSync(logFile, 'utf8').slice(-TAIL_CHARACTERS));
  } catch {
    return '';
  }
}

/** Returns the last line of a program's output that says something: one of an error, else the last. */
export function lastWordsOf(output: string): string {
  const lines = output.trimEnd().split('\n');
  return sentenceOf(lines.findLast((line) => /fatal|error|"level":(50|60)/i.test(line)) ?? lines.at(-1) ?? '');
}

function sentenceOf(line: string): string {
  if (!line.startsWith('{')) return line.trim();
  try {
    const entry = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [entry.msg, entry.err?.message].filter((part) => part !== undefined).join(': ');
  } catch {
    return line;
  }
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  try {
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    throw new SignalError('backend_failed', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
