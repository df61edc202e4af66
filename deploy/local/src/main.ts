import { startHelp } from './flags/help.ts';
import { parseStart } from './flags/start-flags.ts';
import { runCommand } from './run-command.ts';
import { runStart } from './run-start.ts';

await runCommand(async () => {
  const flags = parseStart(process.argv.slice(2));
  if (flags === 'help') process.stdout.write(startHelp);
  else await runStart(flags, process.env);
});
process.exit();
