import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

let gateway: MemoryGateway;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  gateway.market.quote('INDEX:SPX', { tsMs: 1_546_285_800_000, last: 2500, lastSize: 1 });
});
afterAll(() => gateway.stop());

const codeOf = async (path: string, as: string): Promise<unknown> => {
  const response = await gateway.get(path, { as });
  const body = (await response.json()) as Readonly<{ code?: string }>;
  return [response.status, body.code];
};
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const quotes = '/api/v2/realtime/quotes/INDEX:SPX';

describe('identity', () => {
  it('asks for a token, and says how', async () => {
    const response = await gateway.get(quotes, { as: '' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await codeOf(quotes, '')).toEqual([401, 'token_missing']);
  });

  it('refuses a token without a signature, one signed by another key, and one for another issuer', async () => {
    const claims = { iss: 'signal-service', aud: 'signal-service', sub: 'eve', roles: ['admin'], entitlements: ['*'], iat: 1, exp: 9_999_999_999 };
    const { privateKey } = await generateKeyPair('EdDSA');
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'test' }).sign(privateKey);
    const symmetric = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'test' }).sign(Buffer.from('0'.repeat(32)));
    expect(await codeOf(quotes, `${part({ alg: 'none' })}.${part(claims)}.`)).toEqual([401, 'token_invalid']);
    expect(await codeOf(quotes, forged)).toEqual([401, 'token_invalid']);
    expect(await codeOf(quotes, symmetric)).toEqual([401, 'token_invalid']);
    expect(await codeOf(quotes, await gateway.token({ issuer: 'other' }))).toEqual([401, 'token_invalid']);
  });

  it('tells an expired token from an invalid one', async () => {
    expect(await codeOf(quotes, await gateway.token({ ttlS: -60 }))).toEqual([401, 'token_expired']);
  });

  it('takes no token from the URL', async () => {
    expect(await codeOf(`${quotes}?token=${await gateway.token()}`, '')).toEqual([401, 'token_missing']);
  });

  it('lets the entitlements decide what may be read', async () => {
    const as = await gateway.token({ entitlements: ['instruments:INDEX', 'indicators:rsi'] });
    expect((await gateway.get(quotes, { as })).status).toBe(200);
    expect(await codeOf('/api/v2/realtime/indicators/INDEX:SPX?indicators=macd', as)).toEqual([403, 'entitlement_missing']);
    expect(await codeOf('/api/v2/realtime/indicators/INDEX:SPX?indicators=sma(5,source=macd)', as)).toEqual([403, 'entitlement_missing']);
    expect(await codeOf('/api/v2/realtime/chains/INDEX:SPX', as)).toEqual([403, 'entitlement_missing']);
    expect(await codeOf(quotes, await gateway.token({ entitlements: ['instruments:NASDAQ'] }))).toEqual([403, 'entitlement_missing']);
  });

  it('guards everything below admin before it routes', async () => {
    const user = await gateway.token({ roles: ['user'] });
    const operator = await gateway.token({ roles: ['operator'] });
    expect(await codeOf('/api/v2/admin/nothing', '')).toEqual([401, 'token_missing']);
    expect(await codeOf('/api/v2/admin/nothing', user)).toEqual([403, 'role_missing']);
    expect(await codeOf('/api/v2/admin/nothing', operator)).toEqual([404, 'not_found']);
    expect((await gateway.get('/api/v2/admin/members', { as: operator })).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('guards admin for %s too, and routes an operator', async (method) => {
    const statusOf = async (path: string, as: string): Promise<number> => (await gateway.get(path, { method, as })).status;
    const user = await gateway.token({ roles: ['user'] });
    const operator = await gateway.token({ roles: ['operator'] });
    expect([await statusOf('/api/v2/admin/members', ''), await statusOf('/api/v2/admin/members', user)]).toEqual([401, 403]);
    expect([await statusOf('/api/v2/admin/members', operator), await statusOf('/api/v2/admin/nothing', operator)]).toEqual([405, 404]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses every %s of a viewer', async (method) => {
    const as = await gateway.token({ roles: ['viewer'] });
    const response = await gateway.get('/api/v2/topics', { method, as });
    expect([response.status, ((await response.json()) as Readonly<{ code: string }>).code]).toEqual([403, 'role_missing']);
    expect((await gateway.get('/api/v2/topics', { method })).status).toBe(405);
  });

  it('shows settings to admins alone, and no value to anybody', async () => {
    expect(await (await gateway.get('/config/status', { as: '' })).json()).toEqual({ connected: true });
    const admin = await (await gateway.get('/config/status', { as: await gateway.token({ roles: ['admin'] }) })).json();
    expect(admin).toMatchObject({ version: 3, settings: [{ name: 'REDIS_URL', secret: true }] });
    expect(JSON.stringify(admin)).not.toMatch('redis://');
  });

  it('publishes the public keys and nothing private', async () => {
    const { keys } = (await (await gateway.get('/.well-known/jwks.json', { as: '' })).json()) as Readonly<{
      keys: readonly Record<string, unknown>[];
    }>;
    expect(keys.map((key) => [key['crv'], key['d']])).toEqual([['Ed25519', undefined]]);
  });
});

describe('quotas', () => {
  it('answers 429 with Retry-After beyond the rate, by user', async () => {
    const as = await gateway.token({ sub: 'greedy', entitlements: ['*', 'rate:3'] });
    const statuses = [];
    for (let k = 0; k < 6; k++) statuses.push((await gateway.get(quotes, { as })).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses).toContain(429);
    const other = await gateway.get(quotes);
    expect([other.status, other.headers.get('ratelimit-policy')]).toEqual([200, '"default";q=10000;w=1']);
  });
});
