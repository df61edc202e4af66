import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';

/** Which layers around the isolates are on in this process; a host that forbids one runs without it, and says so. */
export type SandboxLayers = Readonly<{ uid: boolean; permission: boolean; jitless: boolean; environment: boolean }>;

const NOBODY = 65_534;
const OTHERS_MAY_ENTER = 0o001;
const sourceFile = import.meta.filename;
const isSource = sourceFile.endsWith('.ts');
const mainFile = path.join(import.meta.dirname, '../worker', isSource ? 'main.ts' : 'main.js');
/** Code of ours and of our packages: all that the worker may read. */
const readableFolder = path.resolve(import.meta.dirname, '../../../..');

const mayNobodyEnter = (folder: string): boolean => {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_ENTER) === 0) return false;
  }
  return true;
};

/** Returns the layers that this host and this build allow. From TypeScript there is no `--jitless`: stripping types needs WebAssembly. */
export function sandboxLayers(): SandboxLayers {
  const isRoot = process.getuid?.() === 0;
  return { uid: isRoot && mayNobodyEnter(readableFolder), permission: true, jitless: !isSource, environment: true };
}

/** Starts a worker: no environment, no files but code, no child processes, and another user where we may. */
export function launchWorker(layers: SandboxLayers): ChildProcess {
  // The loader of native add-ons asks whether this is Alpine Linux.
  const readable = [readableFolder, '/etc/alpine-release'].map((name) => `--allow-fs-read=${name}`);
  const flags = ['--no-node-snapshot', '--permission', '--allow-addons', ...readable, '--disable-warning=SecurityWarning'];
  const words = [...flags, ...(layers.jitless ? ['--jitless'] : []), ...(isSource ? ['--conditions=signal-source'] : []), mainFile];
  return spawn(process.execPath, words, {
    // Named and empty, since Node would add it to any environment in a coverage run, and the worker may not write.
    env: { NODE_V8_COVERAGE: undefined },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(layers.uid ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}
