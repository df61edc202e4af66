import {
  type Catalogue,
  type Instrument,
  isSignalError,
  parseInstrument,
  parseInterval,
  partitionOf,
  SignalError,
  signalKey,
  type Topic,
} from '@signal/contracts';
import { strikesRound } from '../data/chain-selection.ts';
import { pointedTo } from '../http/problem.ts';
import { requestedOf } from '../data/requested.ts';

/** What a topic's name means: which stream carries it, under which key, and whose entitlement it takes. */
export type TopicTarget = Readonly<{ canonical: string; instrument?: Instrument }> &
  (
    | Readonly<{ kind: 'bars'; instrument: Instrument; interval: string; key: string }>
    | Readonly<{
        kind: 'indicators';
        instrument: Instrument;
        interval: string;
        key: string;
        expression: string;
        ids: readonly string[];
        others: readonly string[];
      }>
    | Readonly<{ kind: 'greeks'; instrument: Instrument; key: string; expiry: string }>
    | Readonly<{ kind: 'chain'; instrument: Instrument; expiry: string | undefined; strikes: number | undefined }>
    | Readonly<{ kind: 'quotes'; instrument: Instrument }>
    | Readonly<{ kind: 'scripts'; script: string }>
    | Readonly<{ kind: 'market-status' }>
    | Readonly<{ kind: 'scaling' }>
  );

const refuse = (text: string, why: string): never => {
  throw new SignalError('topic_invalid', `topic is ${JSON.stringify(text.slice(0, 100))}, and ${why}`);
};

/** Returns the part of a name that is an instrument, `VENUE:SYMBOL`, and what stands behind the next colon. */
const splitInstrument = (text: string, rest: string): readonly [Instrument, string | undefined] => {
  const [venue = '', symbol = ''] = rest.split(':', 2);
  const id = `${venue}:${symbol}`;
  const tail = rest.length > id.length ? rest.slice(id.length + 1) : undefined;
  return symbol === '' ? refuse(text, 'has no VENUE:SYMBOL') : [parseInstrument(id), tail];
};

const barsTarget = (text: string, rest: string): TopicTarget => {
  const [instrument, tail] = splitInstrument(text, rest);
  const interval = parseInterval(tail ?? '').text;
  return {
    kind: 'bars',
    canonical: `bars:${instrument.id}:${interval}`,
    instrument,
    interval,
    key: signalKey({ instrument: instrument.id, interval }),
  };
};

type Reading = Readonly<{ catalogue: Catalogue; pointer: string }>;

const indicatorsTarget = (text: string, rest: string, { catalogue, pointer }: Reading): TopicTarget => {
  const [instrument, tail = ''] = splitInstrument(text, rest);
  const colon = tail.indexOf(':');
  if (colon < 0) return refuse(text, 'must be indicators:VENUE:SYMBOL:INTERVAL:EXPRESSION');
  const interval = parseInterval(tail.slice(0, colon)).text;
  const requested = requestedOf(tail.slice(colon + 1), catalogue, pointer);
  const expression = requested.canonical;
  const key = signalKey({ instrument: instrument.id, interval, expression });
  return {
    kind: 'indicators',
    canonical: `indicators:${instrument.id}:${interval}:${expression}`,
    instrument,
    interval,
    key,
    expression,
    ids: requested.ids,
    others: requested.instruments,
  };
};

const greeksTarget = (text: string, rest: string): TopicTarget => {
  const [instrument, tail] = splitInstrument(text, rest);
  if (tail !== undefined || instrument.kind !== 'option' || instrument.expiry === undefined) return refuse(text, 'must be greeks: and an option');
  return {
    kind: 'greeks',
    canonical: `greeks:${instrument.id}`,
    instrument,
    expiry: instrument.expiry,
    key: `${instrument.underlying}|${instrument.expiry}`,
  };
};

const chainTarget = (text: string, rest: string): TopicTarget => {
  const [instrument, tail] = splitInstrument(text, rest);
  if (instrument.kind !== 'spot') return refuse(text, 'must be chain: and an underlying');
  const [expiry, selection, ...more] = tail?.split(':') ?? [];
  const isDate = expiry === undefined || /^\d{4}-\d{2}-\d{2}$/.test(expiry);
  if (!isDate || more.length > 0 || (selection !== undefined && !/^ATM[~±]\d{1,4}$/.test(selection)))
    return refuse(text, 'must be chain:UNDERLYING[:YYYY-MM-DD[:ATM~n]]');
  const strikes = strikesRound(selection);
  const canonical = ['chain', instrument.id, ...(expiry === undefined ? [] : [expiry]), ...(strikes === undefined ? [] : [`ATM~${strikes}`])].join(
    ':',
  );
  return { kind: 'chain', canonical, instrument, expiry, strikes };
};

const quotesTarget = (text: string, rest: string): TopicTarget => {
  const [instrument, tail] = splitInstrument(text, rest);
  return tail === undefined ? { kind: 'quotes', canonical: `quotes:${instrument.id}`, instrument } : refuse(text, 'must be quotes:VENUE:SYMBOL');
};

const scriptsTarget = (text: string, rest: string): TopicTarget =>
  /^[A-Za-z0-9_-]{1,128}$/.test(rest)
    ? { kind: 'scripts', canonical: `scripts:${rest}`, script: rest }
    : refuse(text, 'must be scripts: and the id of a script');

/** Returns what a topic's name means, or throws `topic_invalid`, `instrument_invalid`, `interval_invalid` or `expression_invalid` with `pointer`. */
export function parseTopic(text: string, catalogue: Catalogue, pointer = '/topics/0'): TopicTarget {
  try {
    return targetOf(text, { catalogue, pointer });
  } catch (error) {
    throw isSignalError(error) ? pointedTo(error, pointer) : error;
  }
}

const targetOf = (text: string, reading: Reading): TopicTarget => {
  if (text === 'market-status' || text === 'scaling') return { kind: text, canonical: text };
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  switch (colon < 0 ? '' : text.slice(0, colon)) {
    case 'bars':
      return barsTarget(text, rest);
    case 'indicators':
      return indicatorsTarget(text, rest, reading);
    case 'greeks':
      return greeksTarget(text, rest);
    case 'chain':
      return chainTarget(text, rest);
    case 'quotes':
      return quotesTarget(text, rest);
    case 'scripts':
      return scriptsTarget(text, rest);
    default:
      return refuse(text, 'begins with none of market-status, quotes, bars, indicators, greeks, chain, scripts, scaling');
  }
};

/** Returns the stream of a topic and its partition; undefined for those that no single stream carries. */
export function streamOf(target: TopicTarget, partitions: number): Readonly<{ topic: Topic; partition: number }> | undefined {
  if (target.kind === 'market-status' || target.kind === 'scaling' || target.kind === 'scripts') return undefined;
  const topic = ({ bars: 'bars', indicators: 'indicators', greeks: 'greeks', chain: 'chains', quotes: 'market' } as const)[target.kind];
  return { topic, partition: partitionOf(target.instrument.underlying, partitions) };
}
