import { exitCodeOf, sentenceOf } from './exit.ts';

/** Runs a command: its failure becomes one sentence on stderr and the exit code 1, or 2 when the command line is bad. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
