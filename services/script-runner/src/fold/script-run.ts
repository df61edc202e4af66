import type { ControlRecord, Signal } from '@signal/contracts';
import type { KillReason } from '../worker/messages.ts';

/** The record that starts a script. */
export type ScriptStart = Extract<ControlRecord, { kind: 'script-start' }>;

/** Stopped calls after which a script is not run any more. */
export const MAX_STRIKES = 3;

/** A script that runs on a series. Everything here goes into the snapshot: with the bars it makes the same signals again. */
export type ScriptRun = Readonly<Omit<ScriptStart, 'kind'>> & {
  /** JSON of the script's state, as its isolate gave it after the last bar. */
  memory: string;
  /** Signals published so far. */
  seq: number;
  strikes: number;
  status: 'active' | 'stopped';
};

/** Returns what names a run: one version at a time runs a script on a series. */
export function runKey(of: Readonly<{ script: string; instrument: string; interval: string }>): string {
  return `${of.script}|${of.instrument}|${of.interval}`;
}

/** Returns a new run of a start record. */
export function runOf({ script, version, sha256, instrument, interval, params }: ScriptStart): ScriptRun {
  return { script, version, sha256, instrument, interval, params, memory: '', seq: 0, strikes: 0, status: 'active' };
}

/** Returns the next signal of a run, and counts it. */
export function nextSignal(run: ScriptRun, tsMs: number, data: Signal['data']): Signal {
  run.seq += 1;
  const { instrument, interval, script, version, seq } = run;
  return { instrument, interval, expression: `${script}@${version}`, seq, tsMs, final: true, data };
}

/** A signal of a run, and the verdict that goes with it when it tells of a stopped call: a field of the latest values, and the reason. */
export type Effect = Readonly<{ signal: Signal; verdict?: readonly [field: string, reason: KillReason] }>;

/** A stopped call: when, under which field its verdict is kept, and why. */
export type StoppedCall = Readonly<{ tsMs: number; field: string; reason: KillReason }>;

/** Returns what a stopped call comes to; the third one stops the run. */
export function strike(run: ScriptRun, { tsMs, field, reason }: StoppedCall): readonly Effect[] {
  run.strikes += 1;
  if (run.strikes >= MAX_STRIKES) run.status = 'stopped';
  const status = run.status === 'stopped' ? 'stopped' : 'killed';
  return [{ signal: nextSignal(run, tsMs, { status, reason, strikes: run.strikes }), verdict: [field, reason] }];
}

/** Returns the signal of a run that cannot go on since its script does not load. */
export function stopRun(run: ScriptRun, tsMs: number, reason: string): readonly Effect[] {
  run.status = 'stopped';
  return [{ signal: nextSignal(run, tsMs, { status: 'stopped', reason }) }];
}
