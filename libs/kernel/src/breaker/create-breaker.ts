import { isSignalError, SignalError } from '@signal/contracts';
import CircuitBreaker from 'opossum';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/create-metrics.ts';

/** Whether calls pass (`closed`), are refused at once (`open`), or one is let through to try (`half_open`). */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** A guarded call to another process. */
export interface Breaker<A extends readonly unknown[], R> {
  readonly dependency: string;
  /** Calls the dependency. Throws `circuit_open`, `overloaded` (too many in flight), `deadline_exceeded`, or what the call threw. */
  fire(...args: A): Promise<R>;
  state(): BreakerState;
  /** Failures in the rolling window of ten seconds. */
  failures(): number;
  close(): void;
}

/** What a breaker guards. `call` must end when its signal aborts: each call has a signal of its own, so that one that is late ends no other. */
export type BreakerOptions<A extends readonly unknown[], R> = Readonly<{
  dependency: string;
  timeoutMs: number;
  /** When who calls gives up; `timeoutMs` must lie below it, or the breaker would never see that the dependency is slow. */
  callerDeadlineMs?: number;
  call: (signal: AbortSignal, ...args: A) => Promise<R>;
  metrics: Metrics;
  log: Logger;
  /** Answers instead of the dependency when it failed or is not called. */
  fallback?: (error: unknown, ...args: A) => Promise<R> | R;
  /** Calls in flight at once. */
  capacity?: number;
  /** Failures within ten seconds before the breaker may open; at least 10. */
  volumeThreshold?: number;
  /** Mean wait before an open breaker lets one call try. */
  resetMs?: number;
}>;

const stateValue = { closed: 0, half_open: 1, open: 2 } as const;
const DEFAULT_CAPACITY = 64;
const DEFAULT_RESET_MS = 5000;

/** A failure that says nothing about the dependency's health: a 4xx, a refused argument, any error that trying again cannot help. */
function isCallersFault(error: unknown): boolean {
  return isSignalError(error) && !error.retriable;
}

function translate(error: unknown, dependency: string, timeoutMs: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EOPENBREAKER') return new SignalError('circuit_open', `${dependency} is failing and is not being called`, { cause: error });
  if (code === 'ESHUTDOWN') return new SignalError('unavailable', `${dependency} is not called any more: this process is stopping`, { cause: error });
  if (code === 'ETIMEDOUT' && !isSignalError(error) && CircuitBreaker.isOurError(error as Error))
    return new SignalError('deadline_exceeded', `${dependency} did not answer within ${timeoutMs} ms`, { cause: error });
  return error;
}

function requireTimeoutBelow({
  callerDeadlineMs = Infinity,
  dependency,
  timeoutMs,
}: Pick<BreakerOptions<[], never>, 'callerDeadlineMs' | 'dependency' | 'timeoutMs'>): void {
  if (timeoutMs < callerDeadlineMs) return;
  throw new SignalError(
    'argument_invalid',
    `calls to ${dependency} may take ${timeoutMs} ms, and must end before their caller gives up at ${callerDeadlineMs} ms`,
  );
}

/** Returns a circuit breaker round `call`: opens when half of at least ten calls in ten seconds failed, tries again after a jittered wait. */
export function createBreaker<A extends readonly unknown[], R>(options: BreakerOptions<A, R>): Breaker<A, R> {
  const { dependency, timeoutMs, log, metrics } = options;
  requireTimeoutBelow(options);
  const capacity = options.capacity ?? DEFAULT_CAPACITY;
  const jitteredResetMs = (): number => (options.resetMs ?? DEFAULT_RESET_MS) * (0.75 + Math.random() / 2);
  const settings = {
    name: dependency,
    timeout: timeoutMs,
    resetTimeout: jitteredResetMs(),
    volumeThreshold: Math.max(10, options.volumeThreshold ?? 10),
    errorThresholdPercentage: 50,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: isCallersFault,
  };
  const circuit = new CircuitBreaker<[AbortSignal, ...A], R>(options.call, settings);
  const show = (state: BreakerState): void => metrics.breakerState.set({ dependency }, stateValue[state]);
  show('closed');
  circuit.on('open', () => {
    show('open');
    log.warn({ dependency, retryInMs: Math.round(settings.resetTimeout) }, 'circuit opened');
  });
  circuit.on('halfOpen', () => {
    show('half_open');
    settings.resetTimeout = jitteredResetMs();
  });
  circuit.on('close', () => {
    show('closed');
    log.info({ dependency }, 'circuit closed');
  });

  let inFlight = 0;
  const fireOnce = async (args: A): Promise<R> => {
    // Counted here, not by opossum: its lock counts as a failure of the dependency, and a burst of ours is none.
    if (inFlight >= capacity) throw new SignalError('overloaded', `${inFlight} calls to ${dependency} are in flight, and at most ${capacity} may be`);
    const controller = new AbortController();
    inFlight += 1;
    try {
      return await circuit.fire(controller.signal, ...args);
    } catch (error) {
      controller.abort();
      throw translate(error, dependency, timeoutMs);
    } finally {
      inFlight -= 1;
    }
  };
  return {
    dependency,
    fire: async (...args) => {
      try {
        return await fireOnce(args);
      } catch (error) {
        if (options.fallback === undefined || isCallersFault(error)) throw error;
        return await options.fallback(error, ...args);
      }
    },
    state: () => (circuit.halfOpen ? 'half_open' : circuit.opened ? 'open' : 'closed'),
    failures: () => circuit.stats.failures,
    close: () => circuit.shutdown(),
  };
}
