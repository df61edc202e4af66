import { setTimeout as wait } from 'node:timers/promises';
import { isSignalError, SignalError } from '@signal/contracts';
import type { Breaker } from '../breaker/create-breaker.ts';
import type { Logger } from '../log/logger.ts';
import { parseSettings, type Setting, type SettingsDefinition, type SettingValues } from '../settings/setting.ts';
import { type Backoff, createBackoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import { type Bootstrap, bootstrapSettings } from './bootstrap.ts';
import { type FetchedSettings, fetchSettings } from './fetch-settings.ts';

/** Where a setting's value comes from; `last-good` = the config service gave it and cannot be asked now. */
export type SettingSource = 'config-service' | 'env' | 'default' | 'last-good';

/** Provenance of one setting, never its value. */
export type SettingStatus = Readonly<{ name: string; source: SettingSource; version: number; ageMs: number; secret: boolean }>;

/** Connectivity of the config service and provenance of all settings. `ageMs` = since the config service last confirmed them. */
export type ConfigStatus = Readonly<{ connected: boolean; version: number; ageMs: number; settings: readonly SettingStatus[] }>;

/** Told after a change that parsed; a change that does not parse is logged and leaves the last good values in place. */
export type ConfigListener<D extends SettingsDefinition> = (values: SettingValues<D>, changed: readonly string[]) => void;

/** A service's live settings. */
export interface ConfigClient<D extends SettingsDefinition = SettingsDefinition> {
  /** The current values: newer than those the service started with once something changed. */
  readonly values: SettingValues<D>;
  status(): ConfigStatus;
  /** Registers a listener; returns the function that removes it. */
  onChange(listener: ConfigListener<D>): () => void;
}

/** A config client with a life: `load` first, then `watch`, at last `close`. */
export interface OwnedConfigClient<D extends SettingsDefinition> extends ConfigClient<D> {
  /** Resolves with the first settings; retries while the config service is away, gives up after `timeoutMs`. */
  load(timeoutMs: number): Promise<void>;
  /** Follows changes by long-poll until `close`. */
  watch(): void;
  close(): Promise<void>;
}

/** What a config client needs. */
export type ConfigClientDeps<D extends SettingsDefinition> = Readonly<{
  bootstrap: Bootstrap;
  service: string;
  settings: D;
  log: Logger;
  clock: Clock;
  /** Guards each call; absent = direct calls. */
  guard?: (call: (signal: AbortSignal) => Promise<FetchedSettings | undefined>) => Breaker<[], FetchedSettings | undefined>;
  waitS?: number;
  retry?: Readonly<{ baseMs: number; maxMs: number }>;
}>;

type Held<D extends SettingsDefinition> = Readonly<{ values: SettingValues<D>; fetched: FetchedSettings }>;

const SHORT_CALL_TIMEOUT_MS = 5000;
const POLL_GRACE_MS = 10_000;
/** Least time between two polls, in case a server ignores waitS and answers 304 at once. */
const LEAST_POLL_MS = 250;

/** Returns a config client that has asked nothing yet. */
export function createConfigClient<D extends SettingsDefinition>(deps: ConfigClientDeps<D>): OwnedConfigClient<D> {
  return new PolledConfig(deps);
}

class PolledConfig<D extends SettingsDefinition> implements OwnedConfigClient<D> {
  readonly #deps: ConfigClientDeps<D>;
  readonly #waitS: number;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<ConfigListener<D>>();
  readonly #guard: Breaker<[], FetchedSettings | undefined> | undefined;
  #held: Held<D> | undefined;
  #connected = false;
  #confirmedMs: number;
  #watching: Promise<void> = Promise.resolve();

  constructor(deps: ConfigClientDeps<D>) {
    this.#deps = deps;
    this.#waitS = deps.waitS ?? 30;
    this.#backoff = createBackoff(deps.retry ?? { baseMs: 200, maxMs: 10_000 });
    this.#guard = deps.guard?.((signal) => this.#ask(signal));
    this.#confirmedMs = deps.clock.nowMs();
  }

  get values(): SettingValues<D> {
    if (this.#held === undefined) throw new SignalError('config_failed', 'the settings are not loaded yet');
    return this.#held.values;
  }

  status(): ConfigStatus {
    const ageMs = Math.max(0, this.#deps.clock.nowMs() - this.#confirmedMs);
    return describe({ settings: this.#deps.settings, held: this.#held, connected: this.#connected, ageMs });
  }

  onChange(listener: ConfigListener<D>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async load(timeoutMs: number): Promise<void> {
    const deadlineMs = this.#deps.clock.nowMs() + timeoutMs;
    while (this.#held === undefined) {
      try {
        await this.#poll();
      } catch (error) {
        const final = isSignalError(error) && !error.retriable;
        const waitMs = this.#backoff.nextMs();
        if (final || this.#closing.signal.aborted || this.#deps.clock.nowMs() + waitMs > deadlineMs) throw error;
        this.#deps.log.warn({ err: error, retryInMs: Math.round(waitMs) }, 'the config service cannot be asked yet');
        await wait(waitMs, undefined, { signal: this.#closing.signal });
      }
    }
  }

  watch(): void {
    this.#watching = this.#follow();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#guard?.close();
    await this.#watching;
  }

  #ask(signal: AbortSignal): Promise<FetchedSettings | undefined> {
    // After an outage the first question does not wait for a change: its answer tells that the connection is back.
    const waitS = this.#connected ? this.#waitS : 0;
    const timeoutMs = waitS === 0 ? SHORT_CALL_TIMEOUT_MS : waitS * 1000 + POLL_GRACE_MS;
    const any = AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(timeoutMs)]);
    return fetchSettings(this.#deps.bootstrap, { service: this.#deps.service, signal: any, etag: this.#held?.fetched.etag, waitS });
  }

  async #poll(): Promise<void> {
    const fetched = await (this.#guard === undefined ? this.#ask(this.#closing.signal) : this.#guard.fire());
    this.#connected = true;
    this.#confirmedMs = this.#deps.clock.nowMs();
    this.#backoff.reset();
    if (fetched !== undefined) this.#take(fetched);
  }

  #take(fetched: FetchedSettings): void {
    const { log, settings } = this.#deps;
    const before = this.#held;
    try {
      this.#held = { values: parseSettings(settings, fetched.texts), fetched };
    } catch (error) {
      if (before === undefined) throw error;
      // The values stay, the etag is remembered: the same bad version is not fetched over and over.
      this.#held = { values: before.values, fetched: { ...before.fetched, etag: fetched.etag } };
      log.error({ err: error, version: fetched.version }, 'new settings are not valid: the last good ones stay');
      return;
    }
    const changed = before === undefined ? [] : Object.keys(settings).filter((name) => before.fetched.texts[name] !== fetched.texts[name]);
    if (changed.length === 0) return;
    log.info({ version: fetched.version, changed }, 'settings changed');
    for (const listener of this.#listeners) listener(this.#held.values, changed);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const waitMs = await this.#followOnce();
      await wait(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns how long to wait before the next poll. */
  async #followOnce(): Promise<number> {
    try {
      await this.#poll();
      return LEAST_POLL_MS;
    } catch (error) {
      if (this.#connected && !this.#closing.signal.aborted)
        this.#deps.log.warn({ err: error }, 'the config service cannot be asked: the last good settings stay');
      this.#connected = false;
      return this.#backoff.nextMs();
    }
  }
}

type Described = Readonly<{ settings: SettingsDefinition; held: { fetched: FetchedSettings } | undefined; connected: boolean; ageMs: number }>;

function describe({ settings, held, connected, ageMs }: Described): ConfigStatus {
  const version = held?.fetched.version ?? 0;
  const given: SettingSource = connected ? 'config-service' : 'last-good';
  const row = (name: string, source: SettingSource, secret: boolean | undefined): SettingStatus => ({
    name,
    source,
    version,
    ageMs,
    secret: secret === true,
  });
  const own = Object.entries(settings).map(([name, setting]) =>
    row(name, held?.fetched.texts[name] === undefined ? 'default' : given, setting.secret),
  );
  const bootstrap = Object.entries<Setting<string>>(bootstrapSettings).map(([name, setting]) => row(name, 'env', setting.secret));
  return { connected, version, ageMs, settings: [...own, ...bootstrap] };
}
