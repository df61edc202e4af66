import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';

/** What a token says. */
export type Claims = Readonly<{
  sub: string;
  roles: readonly string[];
  entitlements: readonly string[];
  /** Seconds until it expires; negative = it has expired already. */
  ttlS: number;
  jti?: string | undefined;
  aud?: string | undefined;
  iss?: string | undefined;
}>;

const ISSUER = 'signal-service';

/** Returns a signed development token. */
export async function mintToken(key: JWK, claims: Claims, nowMs: number): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1000);
  return await new SignJWT({ roles: [...claims.roles], entitlements: [...claims.entitlements] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setSubject(claims.sub)
    .setIssuer(claims.iss ?? ISSUER)
    .setAudience(claims.aud ?? ISSUER)
    .setJti(claims.jti ?? randomUUID())
    // An expired token was issued before it expired, like a real one.
    .setIssuedAt(Math.min(issuedAtS, issuedAtS + claims.ttlS))
    .setExpirationTime(issuedAtS + claims.ttlS)
    .sign(await importJWK(key, 'EdDSA'));
}
