import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { rootFolder } from '../workspace/root-folder.ts';
import type { Check } from './check.ts';

/** Returns a check that runs a binary of the workspace at its top; when it fails, its output lines are the problems. */
export function toolCheck(name: string, [binary = '', ...args]: readonly string[]): Check {
  return {
    name,
    find: async () => {
      const child = spawn(path.join(rootFolder(), 'node_modules/.bin', binary), args, { cwd: rootFolder(), stdio: ['ignore', 'pipe', 'pipe'] });
      const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      if (child.exitCode === 0) return [];
      const lines = `${output}\n${errors}`.split('\n').filter((line) => line.trim() !== '');
      return lines.length > 0 ? lines : [`${binary} ended with exit code ${child.exitCode}`];
    },
  };
}
