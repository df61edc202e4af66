import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseStart, type StartFlags } from '../flags/start-flags.ts';
import { markerPath, takeDataFolder } from './data-folder.ts';
import { endLeftBehind, noteBackends } from './left-behind.ts';
import { openMarker } from './marker.ts';
import { readRunInfo, removeRunInfo, writeRunInfo } from './run-file.ts';
import { openSecrets } from './secrets.ts';

const flags = (...argv: string[]): StartFlags => parseStart(argv) as StartFlags;
const first = { from: '2018-12-17', nowMs: 0 };

describe('data folder', () => {
  let root: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'signal-data-'));
    path = join(root, 'data');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is taken over from a launcher that is gone', () => {
    takeDataFolder(path, { fresh: false, pid: 999_999_999 });
    const folder = takeDataFolder(path, { fresh: false, pid: process.pid });
    folder.release();
    expect(existsSync(join(path, 'lock'))).toBe(false);
  });

  it('is wiped by --fresh when it holds a fleet', () => {
    takeDataFolder(path, { fresh: false, pid: process.pid });
    openMarker(path, flags(), first);
    mkdirSync(join(path, 'redis'));
    takeDataFolder(path, { fresh: true, pid: process.pid });
    expect([existsSync(join(path, 'redis')), existsSync(markerPath(path))]).toEqual([false, false]);
  });

  it('is not wiped by --fresh when it holds something else', () => {
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.tex'), 'years of work');
    expect(() => takeDataFolder(path, { fresh: true, pid: process.pid })).toThrow(/holds no fleet/);
    expect([existsSync(join(path, 'thesis.tex')), existsSync(join(path, 'lock'))]).toEqual([true, false]);
  });

  it('says in one sentence that it cannot be used', () => {
    writeFileSync(path, 'a file');
    expect(() => takeDataFolder(path, { fresh: false, pid: process.pid })).toThrow(
      expect.objectContaining({ code: 'backend_failed', message: expect.stringContaining(path) }),
    );
  });

  it('remembers what its fleet was started with', () => {
    expect(openMarker(path, flags('--partitions', '32'), first)).toMatchObject({ partitions: 32, feed: 'replay', from: '2018-12-17' });
    expect(openMarker(path, flags('--once'), { from: '2018-12-28', nowMs: 1 })).toMatchObject({ partitions: 32, from: '2018-12-17' });
  });

  it.each([
    ['--from', '2018-12-20'],
    ['--partitions', '64'],
    ['--feed', 'push'],
  ])('refuses %s %s on data that began otherwise, naming --fresh', (flag, value) => {
    openMarker(path, flags('--partitions', '32'), first);
    expect(() => openMarker(path, flags(flag, value), first)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('--fresh') }),
    );
  });

  it('keeps its secrets, readable by their owner alone', () => {
    const secrets = openSecrets(path);
    expect(openSecrets(path)).toEqual(secrets);
    expect([new Set(Object.values(secrets)).size, statSync(join(path, 'secrets.json')).mode & 0o777]).toEqual([5, 0o600]);
  });

  it('says how to reach the fleet that runs, and that none does', () => {
    const info = { url: 'http://a', token: 't', redisUrl: 'r', databaseUrl: 'd', s3Url: 's', configServiceUrl: 'c', members: [], readyMs: 1 };
    writeRunInfo(path, info);
    expect([readRunInfo(path), statSync(join(path, 'run.json')).mode & 0o777]).toEqual([info, 0o600]);
    removeRunInfo(path);
    expect(() => readRunInfo(path)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('leaves a process alone that only happens to have a noted id', async () => {
    mkdirSync(path);
    noteBackends(path, [{ name: 'redis', pid: process.pid, holds: 'not-in-this-command-line-\u0000' }]);
    expect(await endLeftBehind(path)).toEqual([]);
  });
});
