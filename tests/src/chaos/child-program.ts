import { rootFolder } from '@signal/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of the harness in a process of its own, so that its work disturbs no measurement; it ends with its parent. */
export interface ChildProgram {
  /** Sends anything and returns the next message. */
  ask(message: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

const start = (file: string, options: unknown): ChildProcess =>
  spawn(process.execPath, ['--conditions=signal-source', join(rootFolder(), 'tests/src/chaos', file), JSON.stringify(options)], {
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });

/** Starts a program of this folder with `options` as its JSON argument, and returns it with its first message. */
export async function startProgram(file: string, options: unknown): Promise<Readonly<{ program: ChildProgram; first: unknown }>> {
  const child = start(file, options);
  const exited = once(child, 'exit');
  const [first] = (await once(child, 'message')) as [unknown];
  const program: ChildProgram = {
    ask: async (message) => {
      const answered = once(child, 'message');
      child.send(message as string);
      const [answer] = (await answered) as [unknown];
      return answer;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
  return { program, first };
}
