import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { SignalError } from '@signal/contracts';
import { lastWordsOf } from './child.ts';

/** A program to run to its end. */
export type Command = Readonly<{
  command: string;
  args: readonly string[];
  timeoutMs: number;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  uid?: number | undefined;
}>;

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Runs a program to its end and returns its stdout; throws `backend_failed` with its last words when it fails or takes too long. */
export async function runProgram(command: Command): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = {
    timeout: command.timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: command.env ?? {},
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.uid }),
  };
  execFile(command.command, [...command.args], options, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout);
    const reason = error.killed === true ? `took longer than ${command.timeoutMs} ms` : lastWordsOf(stderr) || error.message;
    reject(new SignalError('backend_failed', `${basename(command.command)} failed: ${reason}`, { cause: error }));
  });
  return await promise;
}

/** Returns the full path of the first of `names` that is a program on the PATH, or `undefined`. */
export function findProgram(path: string, ...names: readonly string[]): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
