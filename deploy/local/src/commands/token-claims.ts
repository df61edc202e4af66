import { SignalError } from '@signal/contracts';
import type { ParsedLine } from '../flags/parse-options.ts';
import type { Claims } from '../identity/mint-token.ts';
import { textFlag } from './command-line.ts';

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const roles = ['viewer', 'user', 'operator', 'admin', 'feed'] as const;
const LONGEST_TTL_S = 10 * 365 * secondsPer.d;

/** Returns what the flags of `token` say, or throws `usage`. */
export function claimsOf(line: ParsedLine): Claims {
  const optional = (name: string): string | undefined => {
    const text = line.flags[name];
    return typeof text === 'string' ? filled(name, text) : undefined;
  };
  return {
    sub: filled('sub', textFlag(line, 'sub', 'dev')),
    roles: listOf(textFlag(line, 'roles', 'user,viewer')).map(checkedRole),
    entitlements: listOf(textFlag(line, 'entitlements', '*')),
    ttlS: parseTtl(textFlag(line, 'ttl', '24h')),
    jti: optional('jti'),
    aud: optional('aud'),
    iss: optional('iss'),
  };
}

/** Returns the seconds of `24h`, `30m` or `-60s`, or throws `usage`. */
export function parseTtl(text: string): number {
  const [, count = '', unit = ''] = /^(-?\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (secondsPer[unit as keyof typeof secondsPer] ?? Number.NaN);
  if (count !== '' && Math.abs(seconds) <= LONGEST_TTL_S) return seconds;
  throw new SignalError('usage', `--ttl is "${text}", and must be a whole number of s, m, h or d like 24h or -60s, at most ten years`);
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function checkedRole(role: string): string {
  if ((roles as readonly string[]).includes(role)) return role;
  throw new SignalError('usage', `--roles has "${role}", and takes ${roles.join(', ')}`);
}

function filled(name: string, text: string): string {
  if (text !== '') return text;
  throw new SignalError('usage', `--${name} is empty`);
}
