import { z } from 'zod';

/** A closed bar, as a script sees it. */
export type ScriptBar = Readonly<{ time: number; endMs: number; open: number; high: number; low: number; close: number; volume: number }>;

/** Columns of the closed bars before the call, oldest first. */
export type BarColumns = Readonly<Record<'time' | 'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>>;

/** Everything that makes a script's isolate: its code, and what it had before the call. `memory` '' = it starts anew. */
export type LoadMessage = Readonly<{
  type: 'load';
  key: string;
  code: string;
  instrument: string;
  seed: string;
  params: Readonly<Record<string, number | string | boolean>>;
  memory: string;
  history: BarColumns;
}>;

/** A request to the worker process. It answers each with one `WorkerAnswer`, in order. */
export type WorkerRequest =
  | LoadMessage
  | Readonly<{ type: 'bar'; key: string; bar: ScriptBar; timeoutMs: number }>
  | Readonly<{ type: 'drop'; key: string }>;

const signal = z.object({
  side: z.enum(['buy', 'sell', 'exit', 'hold']),
  strength: z.number().min(0).max(1),
  tag: z.string().max(64).optional(),
  symbol: z.string().max(64).optional(),
  price: z.number().optional(),
  stop: z.number().optional(),
  target: z.number().optional(),
  ttlMs: z.number().optional(),
});
/** What a script emitted, checked. */
export type ScriptSignal = Readonly<z.infer<typeof signal>>;

/** What an isolate's trampoline returns. It is built by code beside the script's, and is not trusted. */
export const trampolineAnswer = z.object({
  signals: z.array(signal).max(20),
  logs: z.array(z.string().max(200)).max(50),
  memory: z.string().max(70_000),
  error: z.string().max(200).optional(),
});
/** A checked answer of an isolate. */
export type TrampolineAnswer = Readonly<z.infer<typeof trampolineAnswer>>;

/** Why a call was stopped: it used its time up, or its memory, or its process did not answer. */
export const killReasons = ['timeout', 'memory', 'unresponsive'] as const;
/** A reason to stop a call. */
export type KillReason = (typeof killReasons)[number];

const bounded = z.object({ kind: z.literal('done'), answer: trampolineAnswer });
/**
 * The worker's answer. `absent` = the worker has no such isolate: load it and ask again. `starved` = the time limit passed but the
 * script had hardly run, since the machine was busy: load it again and ask again.
 */
export const workerAnswer = z.discriminatedUnion('kind', [
  bounded,
  z.object({ kind: z.literal('killed'), reason: z.enum(killReasons) }),
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('starved') }),
]);
/** An answer of the worker process. */
export type WorkerAnswer = Readonly<z.infer<typeof workerAnswer>>;
