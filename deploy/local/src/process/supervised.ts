import { setTimeout as wait } from 'node:timers/promises';
import { isSignalError, SignalError } from '@signal/contracts';
import type { Gone } from './child.ts';
import type { Running } from './running.ts';

/** A process that must stay up. */
export type Spec = Readonly<{
  name: string;
  /** Starts it; resolves when it can take work, gives up when the signal aborts. */
  start(signal: AbortSignal): Promise<Running>;
}>;

/** What a supervisor tells the launcher. */
export type SupervisorEvents = Readonly<{
  say(line: string): void;
  /** The process runs under a new pid or address. */
  changed(): void;
  /** The process cannot be kept up: the fleet must end. */
  gaveUp(error: SignalError): void;
}>;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
const DEATHS_IN_A_ROW = 5;
/** A process that exhausts itself again within this time is started with growing waits: a budget may be too small for its work. */
const EXHAUSTED_AGAIN_MS = 60_000;
const LONGEST_EXHAUSTED_WAIT_MS = 30_000;

/**
 * Keeps one process up. Before `allowRestarts` a death is final; after it the process is started again with growing waits. A process that
 * used up a budget and drained is started again at once, at any time, and that is no death.
 */
export class Supervised {
  readonly name: string;
  readonly #spec: Spec;
  readonly #events: SupervisorEvents;
  readonly #stopping = new AbortController();
  #running: Running | undefined;
  #mayRestart = false;
  #leftDead = false;
  #starting: Promise<unknown> = Promise.resolve();
  #restarting: Promise<void> = Promise.resolve();
  #exhaustions = 0;
  #exhaustedMs = -Infinity;

  constructor(spec: Spec, events: SupervisorEvents) {
    this.name = spec.name;
    this.#spec = spec;
    this.#events = events;
  }

  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  get url(): string {
    return this.#running?.url ?? '';
  }

  /** Starts the process; throws when it does not become ready. */
  async start(): Promise<void> {
    const starting = this.#spec.start(this.#stopping.signal);
    this.#starting = starting.catch(() => undefined);
    const running = await starting;
    this.#running = running;
    void running.gone.then((gone) => this.#onDeath(gone));
    this.#events.changed();
  }

  /** From now on a death is followed by a restart. */
  allowRestarts(): void {
    this.#mayRestart = true;
  }

  /** From now on a death is left alone, because the fleet is stopping; a restart under way goes on. */
  leaveDead(): void {
    this.#leftDead = true;
  }

  /** Ends the process for good. Returns whether it ended by itself in time. */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    await this.#restarting;
    await this.#starting;
    return (await this.#running?.stop()) ?? true;
  }

  #onDeath(gone: Gone): void {
    if (this.#leftDead || this.#stopping.signal.aborted) return;
    if (this.#mayRestart || gone.isExhausted) this.#restarting = this.#restart(gone);
    else this.#events.gaveUp(new SignalError('backend_failed', `${this.name} ${gone.how} before the fleet was ready`));
  }

  async #restart(gone: Gone): Promise<void> {
    const { signal } = this.#stopping;
    let last: Gone | undefined = gone;
    let deaths = 0;
    while (last !== undefined) {
      if (!last.isExhausted) deaths += 1;
      if (deaths === DEATHS_IN_A_ROW) return this.#giveUp(last.how);
      const waitMs = last.isExhausted ? this.#waitAfterExhaustion() : Math.min(FIRST_WAIT_MS * 2 ** (deaths - 1), LONGEST_WAIT_MS);
      this.#events.say(`${this.name} ${last.how}; starting it again ${waitMs === 0 ? 'at once' : `in ${waitMs / 1000} s`}`);
      await wait(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      last = await this.#startAgain();
    }
  }

  /** Returns how the start went wrong; `undefined` when it went well, or when nobody wants the process any more. */
  async #startAgain(): Promise<Gone | undefined> {
    try {
      await this.start();
      this.#events.say(`${this.name} is back as process ${this.pid}`);
      return undefined;
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      const how = error instanceof Error ? error.message.replace(`${this.name} `, '') : String(error);
      return { how, isExhausted: isSignalError(error, 'exhausted') };
    }
  }

  #waitAfterExhaustion(): number {
    const nowMs = performance.now();
    this.#exhaustions = nowMs - this.#exhaustedMs < EXHAUSTED_AGAIN_MS ? this.#exhaustions + 1 : 0;
    this.#exhaustedMs = nowMs;
    return this.#exhaustions === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** this.#exhaustions, LONGEST_EXHAUSTED_WAIT_MS);
  }

  #giveUp(how: string): void {
    const words = `${this.name} died ${DEATHS_IN_A_ROW} times in a row and was never ready in between: ${how}`;
    this.#events.gaveUp(new SignalError('backend_failed', words));
  }
}
