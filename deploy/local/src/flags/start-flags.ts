import { resolve } from 'node:path';
import { parseInstrument, parseInterval, SignalError } from '@signal/contracts';
import { dateFlag, speedFlag, wholeFlag } from './checks.ts';
import { type FlagOptions, type ParsedLine, parseLine } from './parse-options.ts';
import { parseScale, type Scale } from './scale.ts';

/** What feeds the market. */
export type Feed = Readonly<{ kind: 'replay' } | { kind: 'push' } | { kind: 'csv'; path: string }>;

/** What `npm start` was asked for. */
export type StartFlags = Readonly<{
  port: number;
  data: string;
  feed: Feed;
  speed: string;
  partitions: number | undefined;
  scale: Scale;
  from: string | undefined;
  to: string | undefined;
  interval: string | undefined;
  instrument: string | undefined;
  dashboard: boolean;
  once: boolean;
  fresh: boolean;
}>;

const value = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

/** Flags of `start`. */
export const startOptions = {
  port: value,
  data: value,
  feed: value,
  speed: value,
  partitions: value,
  scale: value,
  from: value,
  to: value,
  interval: value,
  'no-dashboard': yes,
  once: yes,
  fresh: yes,
  help: yes,
} satisfies FlagOptions;

/** Last trading day of the recorded data, and where a replay begins. */
const RECORDED_END = '2018-12-31';
const REPLAY_FROM = '2018-12-17';
const ONCE_FROM = '2018-12-28';

/** Returns what `npm start` was asked for; `help` when only that was. Throws `usage` on anything unknown or out of bounds. */
export function parseStart(argv: readonly string[]): StartFlags | 'help' {
  const { flags } = parseLine(argv, startOptions);
  return flags['help'] === true ? 'help' : startFlags(flags);
}

/** Returns start flags from parsed ones, each checked. */
export function startFlags(flags: ParsedLine['flags']): StartFlags {
  const text = (name: string): string | undefined => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const checked = <T>(name: string, check: (given: string) => T): T | undefined => {
    const given = text(name);
    return given === undefined ? undefined : check(given);
  };
  const feed = parseFeed(text('feed') ?? 'replay');
  const parsed: StartFlags = {
    port: checked('port', (given) => wholeFlag('port', given, [1, 65_535])) ?? 8080,
    data: resolve(checked('data', (given) => filled('data', given)) ?? '.data'),
    feed,
    speed: checked('speed', speedFlag) ?? '60',
    partitions: checked('partitions', (given) => wholeFlag('partitions', given, [16, 1024])),
    scale: parseScale(text('scale') ?? ''),
    from: checked('from', (given) => dateFlag('from', given)),
    to: checked('to', (given) => dateFlag('to', given)),
    interval: checked('interval', (given) => usageOf('interval', given, () => (given === 'tick' ? 'tick' : parseInterval(given).text))),
    instrument: checked('instrument', (given) => usageOf('instrument', given, () => parseInstrument(given).id)),
    dashboard: flags['no-dashboard'] !== true,
    once: flags['once'] === true,
    fresh: flags['fresh'] === true,
  };
  checkTogether(parsed);
  return parsed;
}

/** Returns the first and the last day of a replay: those asked for, else the contract's. `to` is undefined when the market has no end. */
export function replaySpan(flags: StartFlags): Readonly<{ from: string; to: string; end: string | undefined }> {
  return {
    from: flags.from ?? (flags.once ? ONCE_FROM : REPLAY_FROM),
    to: flags.to ?? RECORDED_END,
    end: flags.to ?? (flags.once ? RECORDED_END : undefined),
  };
}

function parseFeed(text: string): Feed {
  if (text === 'replay' || text === 'push') return { kind: text };
  if (text.startsWith('csv:') && text.length > 4) return { kind: 'csv', path: resolve(text.slice(4)) };
  throw new SignalError('usage', `--feed is "${text}", and must be replay, push or csv:PATH`);
}

function checkTogether(flags: StartFlags): void {
  const { feed, once } = flags;
  const given = (['from', 'to'] as const).find((name) => flags[name] !== undefined);
  if (feed.kind !== 'replay' && given !== undefined)
    throw new SignalError('usage', `--${given} belongs to the replay feed, and the feed is ${feed.kind}`);
  if (feed.kind !== 'csv' && flags.interval !== undefined)
    throw new SignalError('usage', `--interval belongs to a CSV feed, and the feed is ${feed.kind}`);
  if (feed.kind === 'push' && once) throw new SignalError('usage', '--once needs a feed that ends, and a push feed does not');
  const { from, to } = replaySpan(flags);
  if (feed.kind === 'replay' && from > to) throw new SignalError('usage', `--from ${from} is after --to ${to}`);
}

function filled(name: string, given: string): string {
  if (given !== '') return given;
  throw new SignalError('usage', `--${name} is empty`);
}

function usageOf<T>(name: string, given: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    throw new SignalError('usage', `--${name} is "${given}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
