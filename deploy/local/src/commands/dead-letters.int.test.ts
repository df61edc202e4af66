import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { root } from '../paths.ts';

type Ended = Readonly<{ code: number; stdout: string; stderr: string }>;
type Answer = Readonly<{ status: number; body?: unknown }>;

const letter = {
  id: 'dl_1',
  ts: '2018-12-31T15:00:00.000Z',
  service: 'ingest',
  topic: 'market:{60}:54',
  entryId: '7-0',
  index: 3,
  code: 'late',
  error: 'too\nlate',
  attempts: 1,
  record: { kind: 'trade' },
  replayed: null,
};
const problem = (status: number, code: string, detail: string): Answer => ({ status, body: { status, code, detail } });

let server: Server;
let url: string;
let folder: string;
let asked: string[] = [];
let answers: Record<string, Answer> = {};

const answerTo = (request: IncomingMessage): Answer => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  return answers[`${request.method} ${request.url}`] ?? problem(404, 'not_found', `there is no ${request.url}`);
};
const run = async (...args: readonly string[]): Promise<Ended> => {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const { NODE_V8_COVERAGE: coverage, PATH } = process.env;
  const words = ['--conditions=signal-source', join(root, 'deploy/local/src/commands/dead-letters.ts'), ...args];
  execFile(
    process.execPath,
    words,
    { env: { PATH, ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }) }, timeout: 25_000 },
    (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    },
  );
  return await promise;
};
const there = (...args: readonly string[]): Promise<Ended> => run(...args, '--url', url, '--token', 'T');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signal-letters-'));
  server = createServer((request, response) => {
    const { status, body } = answerTo(request);
    response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  answers = {};
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('dead-letters', () => {
  it('lists letters a line each, and says how to go on', async () => {
    answers = {
      'GET /api/v2/admin/dead-letters?service=ingest&code=late&limit=2': {
        status: 200,
        body: { data: [letter], page: { nextCursor: 'c2', hasMore: true } },
      },
    };
    const people = await there('list', '--service', 'ingest', '--code', 'late', '--limit', '2');
    expect(people).toEqual({
      code: 0,
      stderr: '',
      stdout: 'dl_1  2018-12-31T15:00:00.000Z  ingest  market:{60}:54 7-0[3]  late  too late\n1 dead letters, more with --cursor c2\n',
    });
    const machine = await there('list', '--service', 'ingest', '--code', 'late', '--limit', '2', '--json');
    expect(JSON.parse(machine.stdout)).toMatchObject({ data: [letter] });
    expect(asked[0]).toMatch(/ Bearer T$/);
  });

  it('shows one letter, from the fleet that a data folder names', async () => {
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ url, token: 'FROM_FILE' }));
    answers = { 'GET /api/v2/admin/dead-letters/dl_1': { status: 200, body: letter } };
    const shown = await run('show', 'dl_1', '--json', '--data', folder);
    expect([shown.code, JSON.parse(shown.stdout)]).toEqual([0, letter]);
    expect(asked).toEqual(['GET /api/v2/admin/dead-letters/dl_1 Bearer FROM_FILE']);
  });

  it('replays each letter that can be, says why another cannot, and fails then', async () => {
    const replayed = { ...letter, replayed: { ts: letter.ts, by: 'ann', inboxId: '9-0' } };
    answers = {
      'POST /api/v2/admin/dead-letters/dl_1/replay': { status: 202, body: replayed },
      'POST /api/v2/admin/dead-letters/dl_2/replay': problem(409, 'letter_replayed', 'replayed by bob'),
      'POST /api/v2/admin/dead-letters/dl_3/replay': { status: 202, body: { ...replayed, id: 'dl_3' } },
    };
    const ended = await there('replay', 'dl_1', 'dl_2', 'dl_3');
    expect(ended).toEqual({
      code: 1,
      stderr: '',
      stdout: 'dl_1 replayed as 9-0 of the inbox\ndl_2 refused: replayed by bob\ndl_3 replayed as 9-0 of the inbox\n2 replayed, 1 refused\n',
    });
    expect(JSON.parse((await there('replay', 'dl_2', '--json')).stdout)).toEqual({
      replayed: [],
      refused: [{ id: 'dl_2', code: 'letter_replayed', detail: 'replayed by bob' }],
    });
  });

  it('discards letters', async () => {
    answers = { 'DELETE /api/v2/admin/dead-letters/dl_1': { status: 204 } };
    expect(await there('discard', 'dl_1')).toEqual({ code: 0, stderr: '', stdout: 'dl_1 discarded\n1 discarded, 0 refused\n' });
  });

  it('ends with one sentence when it is not let in, and when nobody answers or runs', async () => {
    answers = { 'DELETE /api/v2/admin/dead-letters/dl_1': problem(403, 'role_missing', 'ann has none of the roles admin, operator') };
    const [refused, silent, none] = await Promise.all([
      there('discard', 'dl_1', 'dl_2'),
      run('list', '--url', 'http://127.0.0.1:1', '--token', 'T'),
      run('list', '--data', join(folder, 'nowhere')),
    ]);
    expect(refused).toEqual({ code: 1, stdout: '', stderr: 'ann has none of the roles admin, operator\n' });
    expect([silent.code, silent.stderr]).toEqual([1, expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 does not answer: .*\n$/)]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no fleet runs in')]);
  });

  it.each([
    [[], 'nothing is no action'],
    [['burn'], '"burn" is no action'],
    [['list', 'dl_1'], 'list takes 0 IDs, not 1'],
    [['show'], 'show takes 1 IDs, not 0'],
    [['replay'], 'replay takes 1 to 1000 IDs, not 0'],
    [['replay', 'dl_1', '--service', 'ingest'], '--service belongs to list'],
    [['list', '--limit', '0'], '--limit is "0"'],
    [['list', '--url', 'nowhere', '--token', 'T'], '--url is "nowhere"'],
  ])('refuses %j as a bad command line', async (args, words) => {
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  });
});
