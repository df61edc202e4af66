import { isSignalError } from '@signal/contracts';
import { allChecks } from './all-checks.ts';
import { runChecks } from './check.ts';
import { chooseChecks } from './choose-checks.ts';

try {
  const failed = await runChecks(chooseChecks(process.argv.slice(2), allChecks), (text) => process.stdout.write(text));
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (!isSignalError(error, 'usage')) throw error;
  process.stderr.write(`check: ${error.message}\n`);
  process.exitCode = 2;
}
