import { SignalError } from '@signal/contracts';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from './caller.ts';

/** Returns the caller of a token, or throws `token_invalid` or `token_expired`. */
export type Verifier = (token: string) => Promise<Caller>;

const ISSUER = 'signal-service';
const MAX_TOKEN_CHARACTERS = 16_384;

/** Returns the key set of a JWKS in JSON, or throws `setting_invalid`; private parts are refused, since the set is published. */
export function parseJwks(text: string): JSONWebKeySet {
  let jwks: Partial<JSONWebKeySet>;
  try {
    jwks = JSON.parse(text) as Partial<JSONWebKeySet>;
  } catch (cause) {
    throw new SignalError('setting_invalid', `JWT_JWKS is ${text.length} characters that are not JSON, and must be a JWKS`, { cause });
  }
  const keys = jwks.keys;
  if (!Array.isArray(keys) || keys.some((key) => key.kty !== 'OKP' || key.crv !== 'Ed25519' || key.d !== undefined)) {
    throw new SignalError('setting_invalid', 'JWT_JWKS has no keys, or one that is not a public Ed25519 key, and must be {"keys":[…]}');
  }
  return { keys };
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

const callerOf = (payload: JWTPayload): Caller => {
  if (typeof payload.sub !== 'string' || payload.sub === '') throw new SignalError('token_invalid', 'the token has no sub');
  return {
    sub: payload.sub,
    roles: new Set(texts(payload['roles'])),
    entitlements: texts(payload['entitlements']),
    jti: payload.jti,
    expMs: (payload.exp ?? 0) * 1000,
  };
};

const refusal = (cause: unknown): SignalError => {
  if (cause instanceof SignalError) return cause;
  if (cause instanceof errors.JWTExpired) return new SignalError('token_expired', 'the token has expired', { cause });
  // The reasons of jose name the claim or the header, never the token.
  return new SignalError('token_invalid', cause instanceof errors.JOSEError ? cause.message : 'the token cannot be verified', { cause });
};

/** Returns a verifier of EdDSA tokens with `iss` and `aud` signal-service, `sub` and `exp`. */
export function createVerifier(options: Readonly<{ jwks: JSONWebKeySet; nowMs: () => number }>): Verifier {
  const keys = createLocalJWKSet(options.jwks);
  return async (token) => {
    if (token.length > MAX_TOKEN_CHARACTERS)
      throw new SignalError('token_invalid', `the token has ${token.length} characters, and may have ${MAX_TOKEN_CHARACTERS}`);
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['EdDSA', 'Ed25519'],
        issuer: ISSUER,
        audience: ISSUER,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: new Date(options.nowMs()),
      });
      return callerOf(payload);
    } catch (cause) {
      throw refusal(cause);
    }
  };
}

/** Returns the token of an `Authorization: Bearer` header; undefined without the header; throws on any other scheme. */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1];
  if (token === undefined) throw new SignalError('token_invalid', 'Authorization must be Bearer and a token');
  return token;
}
