import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SignalError } from '@signal/contracts';
import { readJson, writePrivateJson } from './private-json.ts';

/** One process of the running fleet. */
export type RunningMember = Readonly<{ service: string; member: string; pid: number; url: string }>;

/** What the READY line says and `run.json` holds. */
export type RunInfo = Readonly<{
  url: string;
  token: string;
  redisUrl: string;
  databaseUrl: string;
  s3Url: string;
  configServiceUrl: string;
  members: readonly RunningMember[];
  readyMs: number;
}>;

const fileIn = (folder: string): string => join(folder, 'run.json');

/** Writes `run.json` (0600) of a data folder. */
export function writeRunInfo(folder: string, info: RunInfo): void {
  writePrivateJson(fileIn(folder), info);
}

/** Removes `run.json`: the fleet is stopping. */
export function removeRunInfo(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** Returns what the fleet of a data folder says of itself, or throws `unavailable` when none runs there. */
export function readRunInfo(folder: string): RunInfo {
  const info = readJson(fileIn(resolve(folder)));
  if (info === undefined) throw new SignalError('unavailable', `no fleet runs in ${resolve(folder)}: there is no run.json`);
  return info as RunInfo;
}
