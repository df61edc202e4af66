import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, systemClock } from '@signal/kernel';
import { readSettings } from './config.ts';
import { type ConfigService, createConfigService } from './service.ts';

const KEY = 'a-key-of-enough-characters';
const SCOPE = 'environment=local&service=gateway';

describe('config service', () => {
  let folder: string;
  let service: ConfigService;

  const open = async (port = '0'): Promise<void> => {
    const settings = readSettings(['--data', folder, '--port', port], KEY);
    service = createConfigService({ settings, log: createLogger({ service: 'config', member: 'config-1', level: 'silent' }), clock: systemClock });
    await service.start();
  };
  const ask = (path: string, init: RequestInit = {}, key = KEY): Promise<Response> =>
    fetch(`${service.url()}${path}`, { ...init, headers: headersOf(init, key) });
  const headersOf = ({ headers }: RequestInit, key: string): Headers => {
    const all = new Headers({ 'content-type': 'application/json', ...Object.fromEntries(new Headers(headers)) });
    all.set('authorization', `Bearer ${key}`);
    return all;
  };
  const put = (query: string, settings: Record<string, string | null>): Promise<Response> =>
    ask(`/v1/settings?${query}`, { method: 'PUT', body: JSON.stringify({ settings, comment: 'test' }) });
  const read = async (query = SCOPE): Promise<unknown> => (await ask(`/v1/settings?${query}`)).json();
  const codeOf = async (response: Response): Promise<readonly [number, unknown]> => [
    response.status,
    ((await response.json()) as { code: unknown }).code,
  ];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signal-config-'));
    await open();
  });
  afterEach(async () => {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("lays a service's own settings over those of its environment", async () => {
    await put('environment=local', { LOG_LEVEL: 'info', PARTITIONS: '64' });
    await put(SCOPE, { LOG_LEVEL: 'debug' });
    await put('environment=other', { LOG_LEVEL: 'warn' });
    expect(await read()).toEqual({ version: 3, settings: { LOG_LEVEL: 'debug', PARTITIONS: '64' } });
  });

  it('merges a change: null takes a name away, names not given stay', async () => {
    await put(SCOPE, { A: '1', B: '2' });
    await put(SCOPE, { A: null, C: '3' });
    expect(await read()).toEqual({ version: 2, settings: { B: '2', C: '3' } });
  });

  it('makes no version of a change that changes nothing', async () => {
    await put(SCOPE, { A: '1' });
    expect(await (await put(SCOPE, { A: '1' })).json()).toMatchObject({ version: 1 });
  });

  it('answers 304 to the present ETag', async () => {
    await put(SCOPE, { A: '1' });
    const etag = (await ask(`/v1/settings?${SCOPE}`)).headers.get('etag') ?? '';
    expect((await ask(`/v1/settings?${SCOPE}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await ask(`/v1/settings?${SCOPE}&waitS=1`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it("answers a long poll at its own change and not at another service's", async () => {
    await put(SCOPE, { A: '1' });
    const etag = (await ask(`/v1/settings?${SCOPE}`)).headers.get('etag') ?? '';
    const polled = ask(`/v1/settings?${SCOPE}&waitS=30`, { headers: { 'if-none-match': etag } });
    await put('environment=local&service=ingest', { A: '9' });
    await put(SCOPE, { A: '2' });
    expect(await (await polled).json()).toEqual({ version: 3, settings: { A: '2' } });
  });

  it('lets long polls go when it stops', async () => {
    await put(SCOPE, { A: '1' });
    const etag = (await ask(`/v1/settings?${SCOPE}`)).headers.get('etag') ?? '';
    const polled = ask(`/v1/settings?${SCOPE}&waitS=30`, { headers: { 'if-none-match': etag } });
    await ask('/livez');
    await service.stop();
    expect((await polled).status).toBe(304);
  });

  it('rolls back to an earlier version as a new one', async () => {
    await put(SCOPE, { A: '1' });
    await put(SCOPE, { A: '2' });
    await ask('/v1/rollback', { method: 'POST', body: JSON.stringify({ version: 1 }) });
    expect(await read()).toEqual({ version: 3, settings: { A: '1' } });
    expect(await codeOf(await ask('/v1/rollback', { method: 'POST', body: '{"version":99}' }))).toEqual([404, 'not_found']);
  });

  it('keeps a history of names, newest first, and never of values', async () => {
    await put(SCOPE, { SECRET: 'hunter2' });
    await put(SCOPE, { B: '1' });
    const text = await (await ask('/v1/history')).text();
    expect((JSON.parse(text) as { data: unknown[] }).data).toEqual([
      expect.objectContaining({ version: 2, changed: ['B'], service: 'gateway', environment: 'local', comment: 'test' }),
      expect.objectContaining({ version: 1, changed: ['SECRET'] }),
    ]);
    expect(text).not.toContain('hunter2');
  });

  it('keeps settings over a restart, encrypted in files that only their owner may read', async () => {
    await put(SCOPE, { SECRET: 'hunter2' });
    await service.stop();
    expect(readFileSync(join(folder, 'settings.json'), 'utf8')).not.toContain('hunter2');
    expect(['settings.json', 'settings.key'].map((file) => statSync(join(folder, file)).mode & 0o777)).toEqual([0o600, 0o600]);
    await open();
    expect(await read()).toEqual({ version: 1, settings: { SECRET: 'hunter2' } });
  });

  it('refuses to start when the stored settings cannot be decrypted', async () => {
    await put(SCOPE, { A: '1' });
    await service.stop();
    writeFileSync(join(folder, 'settings.key'), Buffer.alloc(32).toString('base64'));
    await expect(open()).rejects.toMatchObject({ code: 'config_failed' });
    rmSync(join(folder, 'settings.key'));
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('settings.key is missing') });
  });

  it('opens to its key alone', async () => {
    const wrong = await ask(`/v1/settings?${SCOPE}`, {}, 'another-key-of-some-length');
    expect([wrong.headers.get('www-authenticate'), await codeOf(wrong)]).toEqual(['Bearer', [401, 'token_invalid']]);
    expect(await codeOf(await fetch(`${service.url()}/v1/history`))).toEqual([401, 'token_missing']);
    expect((await fetch(`${service.url()}/livez`)).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/settings?service=x', undefined, 400, 'query_invalid'],
    ['GET', `/v1/settings?${SCOPE}&waitS=61`, undefined, 400, 'query_invalid'],
    ['GET', `/v1/settings?${SCOPE}&extra=1`, undefined, 400, 'query_invalid'],
    ['PUT', `/v1/settings?${SCOPE}`, '{', 400, 'json_invalid'],
    ['PUT', `/v1/settings?${SCOPE}`, '{"settings":{"lower":"1"}}', 422, 'body_invalid'],
    ['PUT', `/v1/settings?${SCOPE}`, '{"settings":{"A":1}}', 422, 'body_invalid'],
    ['PUT', `/v1/settings?${SCOPE}`, `{"settings":{"A":"${'x'.repeat(1_100_000)}"}}`, 413, 'body_too_large'],
    ['DELETE', '/v1/settings', undefined, 405, 'method_not_allowed'],
    ['GET', '/v2/settings', undefined, 404, 'not_found'],
  ])('answers %s %s with a problem', async (...[method, path, body, status, code]) => {
    const response = await ask(path, { method, ...(body === undefined ? {} : { body }) });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await codeOf(response)).toEqual([status, code]);
  });

  it('wants JSON', async () => {
    const response = await ask(`/v1/settings?${SCOPE}`, { method: 'PUT', body: 'a=1', headers: { 'content-type': 'text/plain' } });
    expect(await codeOf(response)).toEqual([415, 'media_type_unsupported']);
  });

  it('says which port it cannot open', async () => {
    const other = createConfigService({
      settings: readSettings(['--data', folder, '--port', new URL(service.url()).port], KEY),
      log: createLogger({ service: 'config', member: 'config-2', level: 'silent' }),
      clock: systemClock,
    });
    await expect(other.start()).rejects.toMatchObject({ code: 'port_in_use' });
  });
});

describe('config service settings', () => {
  it.each([
    [['--port', '1'], KEY, 'setting_missing'],
    [['--data', 'x', '--port', '70000'], KEY, 'setting_invalid'],
    [['--data', 'x'], 'short', 'setting_invalid'],
    [['--data', 'x'], undefined, 'setting_missing'],
    [['--unknown', 'x'], KEY, 'usage'],
  ])('refuses %j with %s', (argv, key, code) => {
    expect(() => readSettings(argv, key)).toThrow(expect.objectContaining({ code }));
  });
});
