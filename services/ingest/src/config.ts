import { DEFAULT_READER_BUDGETS } from '@signal/bus';
import { parseInterval, SignalError, splitList } from '@signal/contracts';
import { choice, commonSettings, flag, type SettingsDefinition, text, wholeNumber } from '@signal/kernel';
import { dayOf } from '@signal/market';
import { archiveSettings } from '@signal/store';
import type { Defaults } from './partition/defaults.ts';

/** Which feed runs, and what it reads. */
export type FeedChoice = Readonly<{ kind: 'replay' } | { kind: 'push' } | { kind: 'csv'; path: string }>;

const must = (words: string): never => {
  throw new SignalError('setting_invalid', `must be ${words}`);
};

const feed = (given: string): FeedChoice => {
  if (given === 'replay' || given === 'push') return { kind: given };
  return given.startsWith('csv:') && given.length > 4 ? { kind: 'csv', path: given.slice(4) } : must('replay, push or csv:PATH');
};

const speed = (given: string): number | 'max' => {
  const value = Number(given);
  if (given === 'max') return given;
  return given !== '' && value > 0 && value <= 100_000 ? value : must('max, or a number above 0 and at most 100000');
};

const date = (given: string): string => {
  if (given !== '') dayOf(given);
  return given;
};

const intervals = (given: string): readonly string[] => {
  const texts = given.split(/[\s,]+/).filter((one) => one !== '');
  return texts.map((one) => parseInterval(one).text);
};

const items = (given: string): readonly string[] => splitList(given).filter((item) => item !== '');

const plans = (given: string): Defaults['plans'] =>
  items(given).map((item) => {
    const [instrument = '', interval = '', expression = ''] = item.split('|');
    return expression === '' ? must('a list of INSTRUMENT|INTERVAL|EXPRESSION') : { instrument, interval, expression };
  });

const scripts = (given: string): Defaults['scripts'] =>
  items(given).map((item) => {
    const [name = '', sha256 = '', instrument = '', interval = ''] = item.split('|');
    const [script = '', version = ''] = name.split('@');
    if (!/^[1-9]\d*$/.test(version) || interval === '') return must('a list of SCRIPT@VERSION|SHA256|INSTRUMENT|INTERVAL');
    return { script, version: Number(version), sha256, instrument, interval, params: {} };
  });

/** Settings of ingest. A change takes effect at the next start; what changes a value travels in the log. */
export const settings = {
  ...commonSettings,
  ...archiveSettings,
  FEED: { doc: 'The feed that runs: replay, push or csv:PATH', default: 'replay', parse: feed },
  FEED_SPEED: {
    doc: 'Event seconds a wall second of a replay, or max: as fast as readers follow up to FEED_TO, then 60. A file always runs at full speed',
    default: '60',
    parse: speed,
  },
  FEED_FROM: {
    doc: 'First date of a replay (YYYY-MM-DD); empty = 2018-12-17, with FEED_ONCE 2018-12-28. Without effect on a partition that has begun',
    default: '',
    parse: date,
  },
  FEED_TO: {
    doc: 'Last date of a replay, where the market stops; empty = 2018-12-31 for max and FEED_ONCE, and no end otherwise',
    default: '',
    parse: date,
  },
  FEED_ONCE: { doc: 'Whether the feed ends after FEED_TO and closes every open bar', default: 'false', parse: flag() },
  FEED_INTERVAL: {
    doc: 'Interval of a CSV of bars; tick = a CSV of trades; empty = 1m',
    default: '',
    parse: (given: string) => (given === '' || given === 'tick' ? '1m' : parseInterval(given).text),
  },
  FEED_INSTRUMENT: { doc: 'Instrument of a CSV without that column', default: '', parse: text() },
  BAR_INTERVALS: { doc: 'Intervals kept of every instrument', default: '1m 3m 5m 15m 30m 1h 2h 4h 1d 1w 1M', parse: intervals },
  DEFAULT_PLANS: {
    doc: 'Readings kept from the beginning: a comma-separated list of INSTRUMENT|INTERVAL|EXPRESSION in canonical form',
    default: 'INDEX:SPX|1m|rsi(14),INDEX:SPX|1m|macd(12,26,9)',
    parse: plans,
  },
  DEFAULT_SCRIPTS: {
    doc: 'Scripts that run from the beginning: a comma-separated list of SCRIPT@VERSION|SHA256|INSTRUMENT|INTERVAL',
    default: '',
    parse: scripts,
  },
  RETENTION_BUDGET_MS: {
    doc: 'How long a registered reader of the log may stand still while entries wait for it; then it is dropped from the trim, with an alarm',
    default: String(DEFAULT_READER_BUDGETS.budgetMs),
    parse: wholeNumber(1_000, 30 * 86_400_000),
  },
  RETENTION_MAX_BYTES: {
    doc: 'Bytes of one partition of the log that may wait for a registered reader; beyond that it is dropped from the trim, with an alarm',
    default: String(DEFAULT_READER_BUDGETS.maxBacklogBytes),
    parse: wholeNumber(1_048_576, 1_099_511_627_776),
  },
  TEST_INSTRUMENTS: {
    doc: 'Whether the replay plays TEST:SINE, TEST:WALK and TEST:SILENT',
    default: 'true',
    parse: (given: string) => choice('true', 'false')(given) === 'true',
  },
} satisfies SettingsDefinition;
