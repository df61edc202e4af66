import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { SignalError } from '@signal/contracts';
import type { Clock } from '@signal/kernel';
import { type Cipher, createCipher, KEY_BYTES } from './cipher.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';
import { applyPatch, effectiveSettings, type Patch, type SettingsDocument, type SettingsVersion, storedFile } from './version.ts';

/** What a service is answered. The etag follows the settings, not the version: another service's change does not wake this one. */
export type Answer = Readonly<{ version: number; settings: Readonly<Record<string, string>>; etag: string }>;

/** One line of the history: names, never values. */
export type HistoryRow = Readonly<Omit<SettingsVersion, 'document'>>;

/** Versioned settings in one folder. One process at a time. */
export interface SettingsStore {
  read(environment: string, service: string): Answer;
  /** Merges a change as a new version; a change that changes nothing makes none. */
  change(patch: Patch): HistoryRow;
  /** Makes the document of an earlier version the newest one, for one environment or for all. */
  rollback(target: Readonly<{ version: number; environment?: string | undefined }>): HistoryRow;
  history(): readonly HistoryRow[];
  /** Registers a listener of changes; returns the function that removes it. */
  onChange(listener: () => void): () => void;
}

const KEPT_VERSIONS = 200;

/** Opens the settings of a folder, which it makes along with the key (0600) that encrypts every value. */
export function openSettingsStore(folder: string, clock: Clock): SettingsStore {
  return new FileSettingsStore(folder, clock);
}

class FileSettingsStore implements SettingsStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #cipher: Cipher;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  /** Values in clear; the file has them sealed. */
  #versions: readonly SettingsVersion[];

  constructor(folder: string, clock: Clock) {
    this.#path = join(folder, 'settings.json');
    this.#clock = clock;
    const stored = readFileIfThere(this.#path);
    this.#cipher = createCipher(openKey(join(folder, 'settings.key'), stored !== undefined));
    this.#versions = stored === undefined ? [] : this.#parse(stored);
  }

  read(environment: string, service: string): Answer {
    const settings = effectiveSettings(this.#newest(), environment, service);
    const sorted = Object.entries(settings).toSorted(([left], [right]) => (left < right ? -1 : 1));
    const digest = createHash('sha256').update(JSON.stringify([environment, service, sorted]));
    return { version: this.#versions.at(-1)?.version ?? 0, settings, etag: `"${digest.digest('base64url').slice(0, 27)}"` };
  }

  change(patch: Patch): HistoryRow {
    const { document, changed } = applyPatch(this.#newest(), patch);
    const last = this.#versions.at(-1);
    if (changed.length === 0 && last !== undefined) return rowOf(last);
    return this.#append({ comment: patch.comment, environment: patch.environment, service: patch.service, changed: [...changed], document });
  }

  rollback({ version, environment }: Readonly<{ version: number; environment?: string | undefined }>): HistoryRow {
    const target = this.#versions.find((candidate) => candidate.version === version);
    if (target === undefined) throw new SignalError('not_found', `version ${version} is not among the last ${KEPT_VERSIONS}`);
    const document = environment === undefined ? target.document : { ...this.#newest(), [environment]: target.document[environment] ?? {} };
    return this.#append({ comment: `rollback to version ${version}`, environment: environment ?? '*', service: '*', changed: [], document });
  }

  history(): readonly HistoryRow[] {
    return this.#versions.toReversed().map(rowOf);
  }

  onChange(listener: () => void): () => void {
    this.#changes.on('change', listener);
    return () => void this.#changes.off('change', listener);
  }

  #newest(): SettingsDocument {
    return this.#versions.at(-1)?.document ?? {};
  }

  #append(change: Omit<SettingsVersion, 'version' | 'at'>): HistoryRow {
    const version = (this.#versions.at(-1)?.version ?? 0) + 1;
    const next = { version, at: new Date(this.#clock.nowMs()).toISOString(), ...change };
    const versions = [...this.#versions, next].slice(-KEPT_VERSIONS);
    const sealed = versions.map((kept) => ({ ...kept, document: mapValues(kept.document, (text, place) => this.#cipher.seal(text, place)) }));
    writePrivateFile(this.#path, `${JSON.stringify({ format: 1, versions: sealed })}\n`);
    this.#versions = versions;
    this.#changes.emit('change');
    return rowOf(next);
  }

  #parse(stored: string): readonly SettingsVersion[] {
    const parsed = storedFile.safeParse(jsonOrUndefined(stored));
    if (!parsed.success) throw new SignalError('config_failed', `${this.#path} is not a settings file of format 1`, { cause: parsed.error });
    return parsed.data.versions.map((kept) => ({ ...kept, document: mapValues(kept.document, (sealed, place) => this.#cipher.open(sealed, place)) }));
  }
}

function openKey(path: string, mustExist: boolean): Buffer {
  const stored = readFileIfThere(path);
  if (stored === undefined) {
    if (mustExist) throw new SignalError('config_failed', `${path} is missing, and without it the stored settings cannot be decrypted`);
    const made = randomBytes(KEY_BYTES);
    writePrivateFile(path, made.toString('base64'));
    return made;
  }
  const key = Buffer.from(stored, 'base64');
  if (key.length !== KEY_BYTES) throw new SignalError('config_failed', `${path} has ${key.length} bytes, and a key has ${KEY_BYTES}`);
  return key;
}

function mapValues(document: SettingsDocument, map: (text: string, place: string) => string): SettingsDocument {
  const mapped: SettingsDocument = {};
  for (const [environment, services] of Object.entries(document)) {
    const target: Record<string, Record<string, string>> = {};
    for (const [service, values] of Object.entries(services))
      target[service] = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, map(text, `${environment}/${service}/${name}`)]));
    mapped[environment] = target;
  }
  return mapped;
}

function rowOf({ version, at, comment, environment, service, changed }: SettingsVersion): HistoryRow {
  return { version, at, comment, environment, service, changed };
}

function jsonOrUndefined(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return undefined;
  }
}
