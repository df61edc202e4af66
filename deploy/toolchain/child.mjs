import { spawn } from 'node:child_process';
import os from 'node:os';
import { Failure } from './failure.mjs';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command in the foreground and returns its exit code (128 + number for a signal, as shells do).
 * Signals are passed on, and we wait for the child to end. A terminal's Ctrl-C reaches it by itself too: it bears a signal twice.
 */
export function runChild([command, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    for (const signal of passedOn) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 0)));
  });
}
