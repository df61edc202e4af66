import { type Bus, createProcessor, openBus } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore, openStoredLog } from '@signal/store';
import { Counter } from 'prom-client';
import type { settings } from './config.ts';
import { STATE_VERSION } from './fold/fold-state.ts';
import { createScriptCaller } from './fold/script-caller.ts';
import { createScriptFold } from './fold/script-fold.ts';
import type { ScriptRun } from './fold/script-run.ts';
import { readVerdicts, type Verdicts } from './fold/verdicts.ts';
import { createScriptSources, type ScriptSources } from './source/script-sources.ts';
import { createScriptWorker, type ScriptWorker } from './supervisor/script-worker.ts';
import { sandboxLayers } from './supervisor/worker-launch.ts';

type Context = ServiceContext<typeof settings>;

/** Wall time after which a silent script process is killed even if it got no processor. */
const HARD_LIMIT_MS = 10_000;
const START_TIMEOUT_MS = 30_000;

const createWorker = ({ settings: values, metrics, log, ops }: Context): ScriptWorker => {
  const kills = new Counter({
    name: 'signal_sandbox_kills_total',
    help: 'Script calls stopped',
    labelNames: ['reason'],
    registers: [metrics.registry],
  });
  const layers = sandboxLayers();
  ops.app.get('/sandbox', (_request, response) => void response.json({ layers }));
  const limits = { unresponsiveMs: values.SCRIPT_UNRESPONSIVE_MS, hardLimitMs: HARD_LIMIT_MS, startTimeoutMs: START_TIMEOUT_MS };
  return createScriptWorker({ layers, limits, log, onKill: (reason) => kills.inc({ reason }) });
};

/** Returns what makes the fold of a partition; each fold has isolates of its own in the shared worker. */
const foldMaker = (context: Context, bus: Bus, parts: Readonly<{ worker: ScriptWorker; sources: ScriptSources }>) => {
  let folds = 0;
  const log = (run: ScriptRun, lines: readonly string[]): void =>
    context.log.debug({ script: run.script, instrument: run.instrument, lines }, 'a script wrote');
  return (partition: number, snapshot?: Uint8Array) => {
    folds += 1;
    let settled: Promise<Verdicts> | undefined;
    const verdicts = (): Promise<Verdicts> => (settled ??= readVerdicts(bus, context.name, partition));
    const callTimeoutMs = context.settings.SCRIPT_CALL_TIMEOUT_MS;
    const caller = createScriptCaller({ ...parts, name: `${partition}.${folds}`, verdicts, callTimeoutMs });
    return createScriptFold({ caller, log, snapshot });
  };
};

/** Returns the script-runner: a processor of `market` whose fold hands closed bars to scripts in another process. */
export async function createScriptRunnerService(context: Context): Promise<Service> {
  const { settings: values, breakers, log, ops } = context;
  const bus = await openBus(context);
  const objects = connectObjectStore({ url: values.S3_URL, breakers });
  const stored = openStoredLog({ databaseUrl: values.DATABASE_URL, objects, log, breakers });
  const worker = createWorker(context);
  const processor = createProcessor(bus, {
    service: context.name,
    info: { pid: process.pid, url: ops.url },
    version: STATE_VERSION,
    outputs: ['scripts'],
    createFold: foldMaker(context, bus, { worker, sources: createScriptSources(objects) }),
    objects,
    readOlder: stored.read,
  });
  return {
    name: context.name,
    start: async () => {
      await worker.start();
      await processor.start();
    },
    stop: async () => {
      await processor.stop();
      await worker.stop();
      await stored.close();
      objects.close();
      await bus.close();
    },
    unhealthy: () => processor.unhealthy(),
  };
}
