import { SignalError } from '@signal/contracts';
import { startFlags, startOptions } from '../flags/start-flags.ts';
import { runCommand } from '../run-command.ts';
import { runStart } from '../run-start.ts';
import { readCommandLine } from './command-line.ts';

const help = `npm run replay -- --csv FILE [flags]
Starts a fleet that is fed from a CSV of trades or bars; prints READY and stops on Ctrl-C, like npm start.

  --csv FILE              trades time,instrument,price,size,id or bars time,instrument,open,high,low,close,volume
  --instrument V:S        instrument of a file without that column
  --interval 1d|tick      interval of a file of bars, or tick for trades (1m)
  --once                  end when the file has ended and everything is drained
  --port --data --speed --partitions --scale --no-dashboard --fresh   as npm start
  --help                  this text
`;
const value = { type: 'string' } as const;
const { feed: _feed, from: _from, help: _help, to: _to, ...options } = startOptions;

await runCommand(async () => {
  const line = readCommandLine({ ...options, csv: value, instrument: value }, help);
  if (line === undefined) return;
  const { csv } = line.flags;
  if (typeof csv !== 'string' || csv === '') throw new SignalError('usage', 'replay needs --csv FILE');
  await runStart(startFlags({ ...line.flags, feed: `csv:${csv}` }), process.env);
});
process.exit();
