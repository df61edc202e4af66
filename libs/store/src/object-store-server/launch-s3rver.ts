import { SignalError } from '@signal/contracts';
import { withDeadline } from '@signal/kernel';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Launched, Place } from './launch-minio.ts';

const START_TIMEOUT_MS = 20_000;
const here = fileURLToPath(import.meta.url);
const program = path.join(path.dirname(here), `serve${path.extname(here)}`);

type Word = Readonly<{ port?: number; error?: string }>;

/** Starts the embedded server in a process of its own and waits until it listens. */
export async function launchS3rver({ directory, port, credentials }: Place): Promise<Launched> {
  // A process group of its own: a signal to ours (Ctrl-C) must not take the store away from services that still drain.
  const child = spawn(process.execPath, [program, directory, String(port)], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(credentials)}\n`);
  const lines = createInterface({ input: child.stdout });
  const word = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as Word);
  const death = once(child, 'exit').then(([code]): Word => ({ error: `exit code ${String(code)}` }));
  try {
    const said = await withDeadline(Promise.race([word, death]), START_TIMEOUT_MS, 'the start of the object store');
    if (said.port !== undefined) return { child, port: said.port };
    const isTaken = said.error === 'EADDRINUSE';
    throw new SignalError(
      isTaken ? 'port_in_use' : 'backend_failed',
      isTaken ? `port ${port} is in use, and the object store needs it` : `the object store did not start: ${said.error}`,
    );
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
