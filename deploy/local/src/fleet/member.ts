import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SignalError } from '@signal/contracts';
import { withDeadline } from '@signal/kernel';
import { serviceMain } from '../paths.ts';
import { startProgram } from '../process/child.ts';
import { startRunning } from '../process/running.ts';
import type { Spec } from '../process/supervised.ts';
import { until } from '../process/until.ts';

/** What every one of our processes is started with. */
export type MemberDeps = Readonly<{ logs: string; env: Readonly<Record<string, string>> }>;

/** One of our processes: which program, and its words. */
export type MemberOptions = Readonly<{ service: string; member: string; args: readonly string[]; nodeFlags?: readonly string[]; probe?: string }>;

const READY_TIMEOUT_MS = 120_000;
const PROBE_TIMEOUT_MS = 2000;
/** The drain of a service has 10 s. */
const STOP_TIMEOUT_MS = 13_000;

/** Returns how to run a member: ready once it said so over IPC and its readiness probe passes. */
export function memberSpec(options: MemberOptions, deps: MemberDeps): Spec {
  const { args, member, nodeFlags = [], probe = '/readyz', service } = options;
  const logFile = join(deps.logs, `${member}.log`);
  const words = [...nodeFlags, '--conditions=signal-source', serviceMain(service), ...args];
  const launch = {
    name: member,
    logFile,
    launch: () => startProgram({ command: process.execPath, args: words, logFile, env: deps.env, ipc: true }),
    whenReady: (child: ChildProcess, signal: AbortSignal) =>
      withDeadline(announced(child, probe, signal), READY_TIMEOUT_MS, `the start of ${member}`),
    stopSignal: 'SIGTERM' as const,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  };
  return { name: member, start: (signal) => startRunning(launch, signal) };
}

async function announced(child: ChildProcess, probe: string, signal: AbortSignal): Promise<string> {
  const [message] = (await once(child, 'message', { signal })) as [{ url?: unknown }];
  const { url } = message;
  if (typeof url !== 'string') throw new SignalError('backend_failed', 'the process announced no address');
  await until(() => passes(`${url}${probe}`), { withinMs: READY_TIMEOUT_MS, what: 'readiness', signal });
  return url;
}

async function passes(probe: string): Promise<boolean> {
  try {
    const response = await fetch(probe, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
