// The process that runs scripts. It has no environment, no secrets and no connection but the channel to its supervisor.
import type { WorkerAnswer, WorkerRequest } from './messages.ts';
import { createScriptIsolate, type ScriptIsolate } from './script-isolate.ts';

const isolates = new Map<string, ScriptIsolate>();

const drop = (key: string): void => {
  isolates.get(key)?.dispose();
  isolates.delete(key);
};

const answerTo = (request: WorkerRequest): WorkerAnswer => {
  if (request.type === 'load') {
    drop(request.key);
    const made = createScriptIsolate(request);
    if (!made.isDisposed) isolates.set(request.key, made);
    return made.loaded;
  }
  if (request.type === 'drop') {
    drop(request.key);
    return { kind: 'absent' };
  }
  const isolate = isolates.get(request.key);
  if (isolate === undefined) return { kind: 'absent' };
  const answer = isolate.bar(request.bar, request.timeoutMs);
  if (isolate.isDisposed) isolates.delete(request.key);
  return answer;
};

process.on('message', ({ id, request }: Readonly<{ id: number; request: WorkerRequest }>) => {
  process.send?.({ id, answer: answerTo(request) });
});
// A terminal sends its signals to every process; this one ends with its supervisor, or a call in hand would count as stopped.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, answer: { kind: 'absent' } });
