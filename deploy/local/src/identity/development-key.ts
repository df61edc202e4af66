import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SignalError } from '@signal/contracts';
import { hasCode } from '@signal/kernel';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { readJson } from '../data/private-json.ts';

/** Returns the checkout's development key (Ed25519, private), which whoever needs it first makes. */
export async function developmentKey(path: string): Promise<JWK> {
  const stored = readJson(path);
  if (stored !== undefined) return checked(stored as JWK, path);
  await make(path);
  return checked(readJson(path) as JWK, path);
}

/** Returns the public half as a key set, the text of the setting `JWT_JWKS`. */
export function publicKeys(key: JWK): string {
  const { d: _private, ...open } = key;
  return JSON.stringify({ keys: [open] });
}

/** Two processes may come here at once: the file appears whole, and the first one stays. */
async function make(path: string): Promise<void> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(key)}\n`, { mode: 0o600 });
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function checked(key: JWK, path: string): JWK {
  if (key.kty === 'OKP' && key.crv === 'Ed25519' && typeof key.d === 'string' && typeof key.x === 'string') return key;
  throw new SignalError('backend_failed', `${path} is not a private Ed25519 key: remove it, and a new one is made`);
}
