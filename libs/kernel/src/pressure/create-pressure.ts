import { SignalError } from '@signal/contracts';
import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { withDeadline } from '../time/with-deadline.ts';
import type { PressureBudgets } from './pressure-settings.ts';
import type { Pressure, PressureLevel } from './pressure.ts';
import type { Probe, Resource, Unmeasured, Usage } from './probe.ts';
import { createResourceWatch, resourceRules, type ResourceWatch } from './resource-watch.ts';

/** What a pressure is made of. The clock should be one that nobody sets. */
export type PressureOptions = Readonly<{
  budgets: () => PressureBudgets;
  probes: readonly Probe[];
  unmeasured?: readonly Unmeasured[];
  clock: Clock;
  log: Logger;
  registry: Registry;
}>;

/** A pressure with a life. */
export interface OwnedPressure extends Pressure {
  /** Measures everything once. */
  check(): Promise<void>;
  /** Resolves once what no restart cures, the disk, is within its budget; throws `exhausted` after `timeoutMs`. */
  untilRoom(timeoutMs: number): Promise<void>;
  /** Checks from now on at its interval. */
  start(): void;
  close(): void;
}

type Watched = { readonly probe: Probe; readonly watch: ResourceWatch; level: PressureLevel; usage: Usage | undefined };

const MEASURE_TIMEOUT_MS = 5_000;
const levelValue = { calm: 0, high: 1, exhausted: 2 } as const satisfies Record<PressureLevel, number>;

/** Returns the pressure of a process that has not been checked yet: it is calm. */
export function createPressure(options: PressureOptions): OwnedPressure {
  return new WatchedPressure(options);
}

class WatchedPressure implements OwnedPressure {
  readonly #options: PressureOptions;
  readonly #watched: readonly Watched[];
  readonly #listeners = new Set<(level: PressureLevel) => void>();
  readonly #ratios: Gauge<'resource'>;
  readonly #levels: Gauge;
  #level: PressureLevel = 'calm';
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PressureOptions) {
    const registers = [options.registry];
    this.#options = options;
    this.#watched = options.probes.map((probe) => ({
      probe,
      watch: createResourceWatch(resourceRules[probe.resource]),
      level: 'calm',
      usage: undefined,
    }));
    this.#ratios = new Gauge({
      name: 'signal_resource_used_ratio',
      help: 'Part of its budget that a resource takes',
      labelNames: ['resource'],
      registers,
    });
    this.#levels = new Gauge({ name: 'signal_pressure_level', help: '0 calm, 1 high, 2 exhausted', registers });
  }

  level(): PressureLevel {
    return this.#level;
  }

  reason(): string | undefined {
    const worst = this.#watched.filter(({ level }) => level === this.#level && level !== 'calm');
    return worst.length === 0 ? undefined : worst.map(inWords).join('; ');
  }

  onChange(listener: (level: PressureLevel) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async check(): Promise<void> {
    await Promise.all(this.#watched.map((watched) => this.#measure(watched)));
    for (const watched of this.#watched) this.#judge(watched);
    this.#show();
  }

  async untilRoom(timeoutMs: number): Promise<void> {
    const { budgets, clock, log } = this.#options;
    const incurable = this.#watched.filter(({ probe }) => !resourceRules[probe.resource].isCuredByRestart);
    const deadlineMs = clock.nowMs() + timeoutMs;
    for (let waited = 0; ; waited += 1) {
      await Promise.all(incurable.map((watched) => this.#measure(watched)));
      const full = incurable.find(({ usage }) => usage !== undefined && usage.ratio >= 1);
      if (full === undefined) return;
      if (clock.nowMs() >= deadlineMs) throw new SignalError('exhausted', inWords(full));
      if (waited === 0) log.warn({ reason: inWords(full) }, 'the start waits for room');
      await this.#pause(budgets().PRESSURE_CHECK_MS);
    }
  }

  start(): void {
    for (const { resource, why } of this.#options.unmeasured ?? []) this.#options.log.info({ resource, why }, 'a resource is not measured');
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { probe } of this.#watched) probe.close?.();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const next = (): void => void this.check().finally(() => this.#schedule());
    this.#timer = setTimeout(next, this.#options.budgets().PRESSURE_CHECK_MS).unref();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timer = setTimeout(resolve, ms);
    await promise;
  }

  async #measure(watched: Watched): Promise<void> {
    const { resource } = watched.probe;
    try {
      watched.usage = await withDeadline(Promise.resolve(watched.probe.measure()), MEASURE_TIMEOUT_MS, `measuring ${resource}`);
    } catch (error) {
      watched.usage = undefined;
      this.#options.log.warn({ err: error, resource }, 'a resource could not be measured');
    }
  }

  #judge(watched: Watched): void {
    const { usage, watch } = watched;
    if (usage === undefined) return;
    const at = { nowMs: this.#options.clock.nowMs(), highMaxMs: this.#options.budgets().PRESSURE_HIGH_MAX_MS };
    watched.level = watch.judge(usage.ratio, at);
    this.#ratios.set({ resource: watched.probe.resource }, usage.ratio);
  }

  #show(): void {
    const level = worstOf(this.#watched.map((watched) => watched.level));
    this.#levels.set(levelValue[level]);
    if (level === this.#level) return;
    const before = this.#level;
    this.#level = level;
    const { log } = this.#options;
    if (level === 'calm') log.info({ before }, 'pressure is over');
    else log[level === 'high' ? 'warn' : 'error']({ reason: this.reason() }, level === 'high' ? 'pressure is high' : 'a resource is exhausted');
    for (const listener of this.#listeners) listener(level);
  }
}

function inWords({ level, probe, usage }: Watched): string {
  const isOverdue = level === 'exhausted' && usage !== undefined && usage.ratio < 1;
  return `${wordsFor[probe.resource]}: ${usage?.words ?? 'not measured'}${isOverdue ? ', high for too long' : ''}`;
}

const wordsFor = { memory: 'memory', heap: 'heap', event_loop: 'event loop', descriptors: 'descriptors', disk: 'disk' } as const satisfies Record<
  Resource,
  string
>;

function worstOf(levels: readonly PressureLevel[]): PressureLevel {
  if (levels.includes('exhausted')) return 'exhausted';
  return levels.includes('high') ? 'high' : 'calm';
}
