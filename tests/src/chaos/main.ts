import { isSignalError } from '@signal/contracts';
import { beginRun, endRun } from '@signal/testing';
import { CHAOS_HELP, chaosOptions } from './chaos-options.ts';
import { chaosReport, faultLog, hasPassed } from './report.ts';
import { runChaos } from './run-chaos.ts';

const say = (words: string): void => void process.stderr.write(`chaos ${(performance.now() / 1_000).toFixed(1)} s: ${words}\n`);

const run = async (): Promise<number> => {
  const options = chaosOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(CHAOS_HELP);
    return 0;
  }
  beginRun();
  try {
    say(`seed ${options.seed}`);
    const result = await runChaos(options, say);
    for (const line of faultLog(result)) say(line);
    process.stdout.write(`${chaosReport(result).join('\n')}\n`);
    return hasPassed(result) ? 0 : 1;
  } finally {
    await endRun();
  }
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = isSignalError(error, 'usage') ? 2 : 1;
}
