import { SignalError } from '@signal/contracts';
import { wholeFlag } from '../flags/checks.ts';
import type { ParsedLine } from '../flags/parse-options.ts';
import { gatewayClient, type GatewayClient } from '../letters/gateway-client.ts';
import { discardLetters, listLetters, replayLetters, type Said, showLetter } from '../letters/letter-actions.ts';
import { runCommand } from '../run-command.ts';
import { readCommandLine, textFlag } from './command-line.ts';

const help = `npm run dead-letters -- list | show ID | replay ID… | discard ID…
Shows the records that services could not take, puts them into the inbox again, or takes them away.

  list               newest first
    --service NAME   of one service
    --topic NAME     from one topic: market, inbox, or the key of one stream
    --code CODE      refused for one reason
    --limit N        how many at most (50, up to 500)
    --cursor TEXT    go on where a list ended
  show ID            all of one letter
  replay ID…         each once; those that ingest refused, after their cause is mended
  discard ID…        for good
  --json             one JSON object instead of lines
  --data DIR         data directory of the running fleet (.data)
  --url URL          its gateway, and
  --token JWT        a token with the role operator or admin, instead of what run.json names
  --help             this text

Exit: 0 done, 1 a letter was refused or the fleet did not answer, 2 a bad command line.
`;
const value = { type: 'string' } as const;
const listFlags = ['service', 'topic', 'code', 'limit', 'cursor'] as const;
const MOST_IDS = 1_000;

type Work = (client: GatewayClient) => Promise<Said>;
/** The command line is read before a fleet is looked for. */
type Action = Readonly<{ ids: readonly [least: number, most: number]; read(line: ParsedLine): Work }>;

const idsOf = (line: ParsedLine): readonly string[] => line.words.slice(1);

const actions: Readonly<Record<string, Action>> = {
  list: {
    ids: [0, 0],
    read: (line) => {
      const filter = filterOf(line);
      return (client) => listLetters(client, filter);
    },
  },
  show: { ids: [1, 1], read: (line) => (client) => showLetter(client, idsOf(line)[0] ?? '') },
  replay: { ids: [1, MOST_IDS], read: (line) => (client) => replayLetters(client, idsOf(line)) },
  discard: { ids: [1, MOST_IDS], read: (line) => (client) => discardLetters(client, idsOf(line)) },
};

function filterOf(line: ParsedLine): Parameters<typeof listLetters>[1] {
  const [service = '', topic = '', code = '', , cursor = ''] = listFlags.map((name) => textFlag(line, name, ''));
  return { service, topic, code, cursor, limit: String(wholeFlag('limit', textFlag(line, 'limit', '50'), [1, 500])) };
}

function actionOf(line: ParsedLine): Action {
  const [name] = line.words;
  const action = name === undefined ? undefined : actions[name];
  if (action === undefined)
    throw new SignalError('usage', `${name === undefined ? 'nothing' : `"${name}"`} is no action: list, show, replay or discard`);
  const [least, most] = action.ids;
  const count = idsOf(line).length;
  if (count < least || count > most)
    throw new SignalError('usage', `${name} takes ${least === most ? least : `${least} to ${most}`} IDs, not ${count}`);
  const stray = name === 'list' ? undefined : listFlags.find((flag) => line.flags[flag] !== undefined);
  if (stray !== undefined) throw new SignalError('usage', `--${stray} belongs to list, not to ${name}`);
  return action;
}

await runCommand(async () => {
  const texts = Object.fromEntries([...listFlags, 'data', 'url', 'token'].map((name) => [name, value]));
  const line = readCommandLine({ ...texts, json: { type: 'boolean' } }, help, { words: MOST_IDS + 1 });
  if (line === undefined) return;
  const work = actionOf(line).read(line);
  const place = { url: textFlag(line, 'url', ''), token: textFlag(line, 'token', ''), data: textFlag(line, 'data', '.data') };
  const said = await work(gatewayClient(place));
  const shown = line.flags['json'] === true ? [JSON.stringify(said.object)] : [...said.lines, said.closing];
  process.stdout.write(`${shown.join('\n')}\n`);
  if (said.isFailure) process.exitCode = 1;
});
