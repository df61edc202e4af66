// Installs the toolchain (Node 26 and pnpm), then the workspace, when their manifests have changed since the last install.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binariesExist, findBinaries, isPackaged, toolchainEnvironment } from './binaries.mjs';
import { Failure, say } from './failure.mjs';
import { withLock } from './lock.mjs';
import { rootFolder, toolchainFolder } from './paths.mjs';
import { hashFiles, isStamped, writeStamp } from './stamp.mjs';

const packageFolders = ['libs', 'services', 'deploy'];

const manifests = () => {
  const inFolders = packageFolders.flatMap((folder) => {
    const names = fs.readdirSync(path.join(rootFolder, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return names.map((entry) => path.join(folder, entry.name, 'package.json'));
  });
  const own = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tests/package.json'];
  return [...own, ...inFolders.sort()].map((file) => path.join(rootFolder, file));
};

const toolchainInputs = () => ['package.json', 'package-lock.json', '.npmrc'].map((file) => path.join(toolchainFolder, file));

const steps = [
  {
    name: 'Node 26 and pnpm',
    stampFile: path.join(toolchainFolder, 'node_modules/.stamp'),
    inputs: toolchainInputs,
    isThere: binariesExist,
    isNeeded: isPackaged,
    command: () => [...npmWords(), 'ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    folder: toolchainFolder,
    environment: () => process.env,
  },
  {
    name: 'workspace packages',
    stampFile: path.join(rootFolder, 'node_modules/.stamp'),
    inputs: () => [...manifests(), ...toolchainInputs()],
    isThere: () => fs.existsSync(path.join(rootFolder, 'node_modules/.bin')),
    isNeeded: () => true,
    command: () => [...findBinaries().pnpm, 'install', '--reporter=append-only', ...(process.env.CI ? ['--frozen-lockfile'] : [])],
    folder: rootFolder,
    environment: () => toolchainEnvironment(findBinaries()),
  },
];

/** Returns the words that run npm: the npm that runs us, else the one on the PATH. */
function npmWords() {
  const running = process.env.npm_execpath ?? '';
  return running.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm'];
}

const isDone = (step) => !step.isNeeded() || (step.isThere() && isStamped(step.stampFile, hashFiles(step.inputs())));

const install = (step) => {
  const startedAt = Date.now();
  say(`installing ${step.name}`);
  const [command, ...args] = step.command();
  const { status, error } = spawnSync(command, args, { cwd: step.folder, env: step.environment(), stdio: ['ignore', 2, 2] });
  if (error) throw new Failure(`${command} could not be started: ${error.message}`);
  if (status !== 0)
    throw new Failure(
      `${step.name} could not be installed: "${[path.basename(command), ...args].join(' ')}" ended with exit code ${status}, see above`,
    );
  // Hashed again, because an install may complete the lockfile.
  writeStamp(step.stampFile, hashFiles(step.inputs()));
  say(`${step.name} installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
};

/** Makes sure that the toolchain and the workspace are installed, and returns the binaries. */
export async function bootstrap() {
  if (!steps.every(isDone)) {
    await withLock(() => {
      for (const step of steps) if (!isDone(step)) install(step);
    });
  }
  return findBinaries();
}
