import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readJson, writePrivateJson } from './private-json.ts';

const names = ['postgresPassword', 's3Key', 's3Secret', 'configApiKey', 'internalApiKey'] as const;

/** Passwords and keys of a fleet, made at its first start. */
export type Secrets = Readonly<Record<(typeof names)[number], string>>;

const BYTES = 24;

/** Returns the fleet's secrets, kept in `secrets.json` (0600) of its data folder. */
export function openSecrets(folder: string): Secrets {
  const path = join(folder, 'secrets.json');
  const stored = (readJson(path) ?? {}) as Partial<Secrets>;
  const secrets = Object.fromEntries(names.map((name) => [name, stored[name] ?? randomBytes(BYTES).toString('hex')])) as Secrets;
  writePrivateJson(path, secrets);
  return secrets;
}
