import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { claimsOf, parseTtl } from '../commands/token-claims.ts';
import { developmentKey, publicKeys } from './development-key.ts';
import { mintToken } from './mint-token.ts';

const NOW_MS = 1_700_000_000_000;
const line = (flags: Record<string, string>) => claimsOf({ flags, words: [] });

describe('development identity', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signal-key-'));
    path = join(folder, '.signal', 'dev-key.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes one key however many ask at once, readable by its owner alone', async () => {
    const keys = await Promise.all([developmentKey(path), developmentKey(path), developmentKey(path)]);
    expect(new Set(keys.map((key) => key.x)).size).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('publishes the public half only', async () => {
    const key = await developmentKey(path);
    expect(publicKeys(key)).not.toContain(key.d);
    expect(JSON.parse(publicKeys(key))).toEqual({ keys: [expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', x: key.x })] });
  });

  it('signs tokens that the published keys verify', async () => {
    const key = await developmentKey(path);
    const token = await mintToken(key, line({ sub: 'alice', roles: 'admin', jti: 'j-1' }), NOW_MS);
    const keys = createLocalJWKSet(JSON.parse(publicKeys(key)) as Parameters<typeof createLocalJWKSet>[0]);
    const { payload } = await jwtVerify(token, keys, { issuer: 'signal-service', audience: 'signal-service', currentDate: new Date(NOW_MS) });
    expect(payload).toMatchObject({
      sub: 'alice',
      roles: ['admin'],
      entitlements: ['*'],
      jti: 'j-1',
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 86_400,
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', kid: key.kid });
  });

  it('can sign a token that has expired already, or is for somebody else', async () => {
    const key = await developmentKey(path);
    const [, body = ''] = (await mintToken(key, line({ ttl: '-60s', aud: 'other', iss: 'another' }), NOW_MS)).split('.');
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
      exp: NOW_MS / 1000 - 60,
      aud: 'other',
      iss: 'another',
      roles: ['user', 'viewer'],
    });
  });

  it('refuses a key file that holds no key', async () => {
    await developmentKey(path);
    writeFileSync(path, '{"kty":"RSA"}');
    await expect(developmentKey(path)).rejects.toMatchObject({ code: 'backend_failed', message: expect.stringContaining('remove it') });
  });
});

describe('token flags', () => {
  it.each([
    ['24h', 86_400],
    ['-60s', -60],
    ['15m', 900],
    ['1d', 86_400],
    ['0s', 0],
  ])('reads --ttl %s as %d s', (text, seconds) => {
    expect(parseTtl(text)).toBe(seconds);
  });

  it.each([{ ttl: '24' }, { ttl: '1w' }, { ttl: '99999d' }, { roles: 'king' }, { sub: '' }, { jti: '' }])('refuses %j as usage', (flags) => {
    expect(() => line(flags as Record<string, string>)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
