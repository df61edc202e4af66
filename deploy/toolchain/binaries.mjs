// Finds Node 26 and pnpm: as packages of the registry on Linux, else what the machine has on its PATH.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { toolchainFolder } from './paths.mjs';

const OLDEST_NODE = 24;
const packagedPlatforms = ['linux-x64', 'linux-arm64'];
const platform = `${process.platform}-${process.arch}`;

/** Tells whether Node and pnpm come as packages for this machine. */
export function isPackaged() {
  return packagedPlatforms.includes(platform);
}

const works = (command, args) => spawnSync(command, [...args, '--version'], { stdio: 'ignore' }).status === 0;

const fromPath = () => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new Failure(
      `no Node package exists for ${platform}; put Node ${OLDEST_NODE} or newer on the PATH (this is Node ${process.versions.node}) and try again`,
    );
  }
  const pnpm = [['pnpm'], ['corepack', 'pnpm']].find(([command, ...args]) => works(command, args));
  if (pnpm === undefined)
    throw new Failure(`no pnpm package exists for ${platform}; install pnpm (npm install --global pnpm) or corepack and try again`);
  return { node: process.execPath, pnpm, folders: [path.dirname(process.execPath)] };
};

const fromPackages = () => {
  const nodeFolder = path.join(toolchainFolder, `node_modules/node-${platform}/bin`);
  const pnpmFolder = path.join(toolchainFolder, `node_modules/@pnpm/exe.${platform}`);
  return { node: path.join(nodeFolder, 'node'), pnpm: [path.join(pnpmFolder, 'pnpm')], folders: [nodeFolder, pnpmFolder] };
};

/** Returns `{ node, pnpm, folders }`: the Node to run, the words that run pnpm, and the folders to put first on the PATH. */
export function findBinaries() {
  return isPackaged() ? fromPackages() : fromPath();
}

/** Tells whether the packaged binaries are on disk. */
export function binariesExist() {
  if (!isPackaged()) return true;
  const { node, pnpm } = fromPackages();
  return fs.existsSync(node) && fs.existsSync(pnpm[0]);
}

/** Returns the environment in which our commands run: this one, with the toolchain first on the PATH. */
export function toolchainEnvironment({ folders }) {
  return { ...process.env, PATH: [...folders, process.env.PATH ?? ''].join(path.delimiter) };
}
