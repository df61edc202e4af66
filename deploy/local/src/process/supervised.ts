import { setTimeout as wait } from 'node:timers/promises';
import { SignalError } from '@signal/contracts';
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

/** Keeps one process up. Before `allowRestarts` a death is final; after it the process is started again with growing waits. */
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
    void running.gone.then((how) => this.#onDeath(how));
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

  #onDeath(how: string): void {
    if (this.#leftDead || this.#stopping.signal.aborted) return;
    if (this.#mayRestart) this.#restarting = this.#restart(how);
    else this.#events.gaveUp(new SignalError('backend_failed', `${this.name} ${how} before the fleet was ready`));
  }

  async #restart(how: string): Promise<void> {
    const { signal } = this.#stopping;
    let reason = how;
    let waitMs = FIRST_WAIT_MS;
    for (let deaths = 1; deaths < DEATHS_IN_A_ROW; deaths += 1) {
      this.#events.say(`${this.name} ${reason}; starting it again in ${waitMs / 1000} s`);
      await wait(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.start();
        this.#events.say(`${this.name} is back as process ${this.pid}`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        reason = error instanceof Error ? error.message.replace(`${this.name} `, '') : String(error);
      }
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
    this.#events.gaveUp(
      new SignalError('backend_failed', `${this.name} died ${DEATHS_IN_A_ROW} times in a row and was never ready in between: ${reason}`),
    );
  }
}
