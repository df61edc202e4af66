import { spawn } from 'node:child_process';
import os from 'node:os';
import { Failure } from './failure.mjs';

/**
 * Runs a command in the foreground and returns its exit code (128 + number for a signal, as shells do).
 * SIGTERM is passed on. SIGINT is not: the terminal has sent it to the child already, and we wait for the child to end.
 */
export function runChild([command, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 0)));
  });
}
