import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

type Body = Readonly<Record<string, unknown> & { code?: string; errors?: readonly { pointer: string }[] }>;
const bodyOf = async (response: Response): Promise<Body> => (await response.json()) as Body;

let gateway: MemoryGateway;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  gateway.market.quote('INDEX:SPX', { tsMs: 1_546_285_800_000, last: 2500, lastSize: 1 });
});
afterAll(() => gateway.stop());

const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('the edge', () => {
  it('answers an unknown path with problem details that name the request', async () => {
    const response = await gateway.get('/api/v2/realtime/moneyness/INDEX:SPX', { headers: { 'X-Request-Id': 'abc-12345' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(response.headers.get('x-request-id')).toBe('abc-12345');
    expect(await bodyOf(response)).toMatchObject({
      code: 'not_found',
      requestId: 'abc-12345',
      instance: '/api/v2/realtime/moneyness/INDEX:SPX',
      status: 404,
    });
  });

  it('replaces a request id that is not of the allowed shape', async () => {
    const response = await gateway.get('/livez', { headers: { 'X-Request-Id': 'a b' } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the allowed methods of a path', async () => {
    const response = await gateway.get('/api/v2/topics', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it('answers HEAD without a body', async () => {
    const response = await gateway.get('/livez', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each([
    ['/api/v2/indicators?limit=5', 'limit'],
    ['/api/v2/realtime/bars/INDEX:SPX?interval=1m&interval=5m', 'interval'],
    ['/api/v2/historical/bars/INDEX:SPX?limit=0', 'limit'],
    ['/api/v2/historical/bars/INDEX:SPX?limit=10001', 'limit'],
    ['/api/v2/historical/bars/INDEX:SPX?from=yesterday', 'from'],
    ['/api/v2/historical/bars/INDEX:SPX?limit=1%27%3B%20DROP%20TABLE%20bars', 'limit'],
    ['/api/v2/historical/bars/INDEX:SPX?from=2019-01-02&to=2019-01-01', 'from'],
    ['/api/v2/realtime/indicators/INDEX:SPX', 'indicators'],
  ])('refuses the query of %s at %s', async (path, pointer) => {
    const response = await gateway.get(path);
    expect(response.status).toBe(400);
    expect(await bodyOf(response)).toMatchObject({ code: 'query_invalid', errors: expect.arrayContaining([expect.objectContaining({ pointer })]) });
  });

  it.each(['/api/v2/realtime/bars/%E0%A4%A', '/api/v2/realtime/bars/spx', "/api/v2/realtime/bars/INDEX:SPX'%20OR%201=1"])(
    'refuses the path %s with 400',
    async (path) => {
      expect((await gateway.get(path)).status).toBe(400);
    },
  );

  it.each([
    ['/api/v2/realtime/bars/INDEX:SPX?interval=1x', 'interval_invalid', 'interval'],
    ['/api/v2/realtime/bars/spx', 'instrument_invalid', 'instrument'],
    ['/api/v2/realtime/greeks/INDEX:SPX', 'instrument_invalid', 'option'],
    ['/api/v2/realtime/signals?instrument=spx', 'instrument_invalid', 'instrument'],
    ['/api/v2/realtime/bars/%zz', 'path_invalid', 'path'],
  ])('says what of %s is wrong', async (path, code, pointer) => {
    expect(await bodyOf(await gateway.get(path))).toMatchObject({ status: 400, code, errors: [{ pointer }] });
  });

  it('answers 406 to a format that is not offered', async () => {
    const response = await gateway.get('/api/v2/topics', { headers: { accept: 'text/html' } });
    expect([response.status, (await bodyOf(response)).code]).toEqual([406, 'not_acceptable']);
  });

  it('bounds the request line and headers with 431', async () => {
    const answer = await raw(`GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toMatch('headers_too_large');
    const requestId = /X-Request-Id: (\S+)/.exec(answer)?.[1];
    expect(answer).toMatch(`"requestId":"${requestId}"`);
  });

  it('answers what is not HTTP with a problem and closes', async () => {
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*header_invalid/);
  });

  it('sends the security headers with every answer', async () => {
    const response = await gateway.get('/nowhere');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toMatch("default-src 'none'");
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect((await gateway.get('/api/v2/topics')).headers.get('cache-control')).toMatch('no-store');
  });
});

describe('bodies', () => {
  const post = async (body: string, type = 'application/json', roles = ['feed']): Promise<Response> =>
    gateway.get('/api/v2/realtime/ticks', { method: 'POST', body, headers: { 'content-type': type }, as: await gateway.token({ roles }) });
  const tick = JSON.stringify({ ticks: [{ instrument: 'TEST:X', tsMs: 1, price: 1 }] });

  it('refuses what is not JSON, of another type, too large, or against its schema', async () => {
    gateway.setFeed('push');
    expect([(await post('{')).status, (await post(tick, 'text/plain')).status]).toEqual([400, 415]);
    expect((await post(`{"ticks":"${'x'.repeat(1_100_000)}"}`)).status).toBe(413);
    const unknown = await post('{"ticks":[],"extra":1,"__proto__":{"admin":true}}');
    expect(unknown.status).toBe(422);
    expect(await bodyOf(unknown)).toMatchObject({
      code: 'body_invalid',
      errors: expect.arrayContaining([expect.objectContaining({ pointer: '/extra' })]),
    });
  });

  it('takes ticks only while a push feed runs', async () => {
    gateway.setFeed('replay');
    expect(await bodyOf(await post(tick))).toMatchObject({ status: 409, code: 'feed_not_push' });
    gateway.setFeed('push');
    const response = await post(
      JSON.stringify({
        ticks: [
          { instrument: 'test:x', tsMs: 1, price: 1, id: 'a' },
          { instrument: 'TEST:X', tsMs: 1, price: -1 },
        ],
        quotes: [{ instrument: 'X', tsMs: 1, bid: 1, ask: 2 }],
      }),
    );
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 1,
      rejected: [
        { index: 1, code: 'price' },
        { index: 2, code: 'instrument' },
      ],
    });
    expect(gateway.inbox.at(-1)?.record).toEqual({ kind: 'trade', instrument: 'TEST:X', tMs: 1, price: 1, size: 0, source: 'live', id: 'a' });
  });

  it('calls an empty body, and one that cannot be unpacked, no JSON', async () => {
    const send = async (body: string, headers: Record<string, string>): Promise<Body> => {
      const as = await gateway.token({ roles: ['feed'] });
      return bodyOf(await gateway.get('/api/v2/realtime/ticks', { method: 'POST', body, headers, as }));
    };
    const type = { 'content-type': 'application/json' };
    expect(await send('', type)).toMatchObject({ status: 400, code: 'json_invalid', errors: [{ pointer: '' }] });
    expect(await send('xx', { ...type, 'content-encoding': 'gzip' })).toMatchObject({ status: 400, code: 'json_invalid' });
    expect(await send('[]', type)).toMatchObject({ status: 422, errors: [{ pointer: '' }] });
  });

  it('refuses a viewer, and a user without the role', async () => {
    expect([(await post(tick, undefined, ['viewer'])).status, (await post(tick, undefined, ['user', 'admin'])).status]).toEqual([403, 403]);
  });
});
