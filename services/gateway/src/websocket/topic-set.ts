import { type AckResult, type Instrument, isSignalError, MAX_TOPICS_PER_SOCKET, parseInstrument, SignalError } from '@signal/contracts';
import type { Caller } from '../auth/caller.ts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { requireAccess } from '../http/authorize.ts';
import type { StreamName } from './feeds.ts';
import type { Sender } from './sender.ts';
import type { SessionDeps } from './session-deps.ts';
import type { Beginning, Resume } from './snapshots.ts';
import { Subscription } from './subscription.ts';
import { parseTopic, type TopicTarget } from './topic-name.ts';

/** A topic that was opened, or why not. `begin` sends what it begins with and lets live messages through. */
export type Opened = Readonly<{ ok: true; result: AckResult; begin: () => void }> | Readonly<{ ok: false; topic: string; error: unknown }>;

type Entry = { readonly target: TopicTarget; readonly subscription: Subscription; readonly streams: readonly StreamName[]; epoch: number };
type Wish = Readonly<{ resume: Readonly<Record<string, Resume>>; everyMs: number | undefined }>;

/** The topics of one socket. */
export interface TopicSet {
  open(caller: Caller, topics: readonly string[], wish: Wish): Promise<readonly Opened[] | 'too_many'>;
  close(topic: string): AckResult;
  /** Returns the topics whose expected cadence is broken. */
  stale(): readonly string[];
  clear(): void;
}

/** Topics are looked up this many at a time. */
const AT_ONCE = 50;
/** A topic of running prices that says nothing for this long is stale. */
const STALE_AFTER_MS = 15_000;

const requireTopic = async (deps: SessionDeps, caller: Caller, target: TopicTarget): Promise<void> => {
  if (target.kind === 'market-status') return;
  if (target.kind === 'scaling') {
    requireAccess(['operator', 'admin'], caller, true);
    return;
  }
  if (target.kind === 'scripts') return;
  const isOption = target.kind === 'greeks' || target.kind === 'chain';
  requireEntitlement(caller, {
    instrument: target.instrument,
    ...(isOption ? { greeks: true } : {}),
    ...(target.kind === 'indicators' ? { indicators: target.ids } : {}),
  });
  const instrument: Instrument = await deps.known(target.instrument.id);
  if (target.kind === 'bars') await deps.planner.request(instrument, target.interval, []);
  if (target.kind !== 'indicators') return;
  for (const other of target.others) requireEntitlement(caller, { instrument: parseInstrument(other) });
  await deps.planner.request(instrument, target.interval, [target.expression]);
};

const refuseScript = (target: TopicTarget, streams: readonly StreamName[]): void => {
  if (target.kind === 'scripts' && streams.length === 0) throw new SignalError('script_unknown', `${target.script} is not known`);
};

type State = Readonly<{ deps: SessionDeps; sender: Sender; entries: Map<string, Entry> }>;

const sendBeginning = ({ deps, sender, entries }: State, entry: Entry, { reset, first, missed, seq, epoch, quote }: Beginning): void => {
  if (entries.get(entry.target.canonical) !== entry) return;
  entry.epoch = epoch;
  if (quote !== undefined) deps.feeds.primeQuote(entry.target.canonical, quote);
  if (reset !== undefined) sender.text(JSON.stringify({ type: 'reset', topic: entry.target.canonical, reason: reset }));
  if (first !== undefined) sender.text(first.snapshot(epoch));
  const isSilent = first === undefined && seq === 0;
  let last = seq;
  for (const frame of missed) {
    sender.text(frame.update(last));
    last = frame.seq;
  }
  // Of a topic that has said nothing yet, the first message is the snapshot.
  entry.subscription.goOn(last, isSilent ? epoch : undefined);
};

const restart = async (state: State, entry: Entry, reason: string): Promise<void> => {
  entry.subscription.hold();
  const beginning = await state.deps.beginning(entry.target, undefined);
  sendBeginning(state, entry, { ...beginning, reset: reason });
};

const attach = async (state: State, target: TopicTarget, everyMs = 0): Promise<Entry> => {
  const { deps, sender, entries } = state;
  const streams = await deps.streams(target);
  refuseScript(target, streams);
  // The position is taken before the newest values are read, so that nothing falls between the two.
  const from = await Promise.all(streams.map((stream) => deps.lastId(stream)));
  const subscription = new Subscription(target.canonical, sender, { everyMs, later: deps.later, nowMs: deps.nowMs });
  const entry: Entry = { target, subscription, streams, epoch: 0 };
  entries.set(target.canonical, entry);
  deps.feeds.attach({ target, streams, from }, subscription, (reason) => {
    restart(state, entry, reason).catch(deps.onFailure);
  });
  return entry;
};

const openKnown = (entry: Entry, topic: string, everyMs: number | undefined): Opened => {
  if (everyMs !== undefined) entry.subscription.repace(everyMs);
  const { canonical } = entry.target;
  return { ok: true, result: { topic, canonical, ok: true, epoch: entry.epoch, seq: entry.subscription.cursor.seq }, begin: () => undefined };
};

const openNew = async (state: State, topic: string, { target, wish }: Readonly<{ target: TopicTarget; wish: Wish }>): Promise<Opened> => {
  const { canonical } = target;
  const entry = await attach(state, target, wish.everyMs);
  try {
    const beginning = await state.deps.beginning(target, wish.resume[topic] ?? wish.resume[canonical]);
    entry.epoch = beginning.epoch;
    const seq = beginning.missed.at(-1)?.seq ?? beginning.seq;
    return { ok: true, result: { topic, canonical, ok: true, epoch: beginning.epoch, seq }, begin: () => sendBeginning(state, entry, beginning) };
  } catch (error) {
    remove(state, entry);
    throw error;
  }
};

/** `opening`: what the same message opens, by canonical name. */
type Opening = Readonly<{ caller: Caller; wish: Wish; opening: Map<string, Promise<Opened>> }>;

const openTarget = async (state: State, topic: string, { target, caller, wish }: Opening & Readonly<{ target: TopicTarget }>): Promise<Opened> => {
  try {
    await requireTopic(state.deps, caller, target);
    return await openNew(state, topic, { target, wish });
  } catch (error) {
    if (!isSignalError(error)) state.deps.onFailure(error);
    return { ok: false, topic, error };
  }
};

// One name may be spelled in several ways: the topic is opened once, and begins once.
const openTwin = async (topic: string, twin: Promise<Opened>): Promise<Opened> => {
  const opened = await twin;
  return opened.ok ? { ok: true, result: { ...opened.result, topic }, begin: () => undefined } : { ...opened, topic };
};

const openOne = (state: State, { topic, index }: Readonly<{ topic: string; index: number }>, by: Opening): Promise<Opened> => {
  let target: TopicTarget;
  try {
    target = parseTopic(topic, state.deps.catalogue, `/topics/${index}`);
  } catch (error) {
    return Promise.resolve({ ok: false, topic, error });
  }
  const known = state.entries.get(target.canonical);
  const twin = by.opening.get(target.canonical);
  if (twin !== undefined) return openTwin(topic, twin);
  if (known !== undefined) return Promise.resolve(openKnown(known, topic, by.wish.everyMs));
  const opened = openTarget(state, topic, { ...by, target });
  by.opening.set(target.canonical, opened);
  return opened;
};

const remove = ({ deps, entries }: State, entry: Entry): void => {
  entries.delete(entry.target.canonical);
  entry.subscription.close();
  deps.feeds.detach(entry.target, entry.streams, entry.subscription);
};

/** Returns an empty set of topics. */
export function createTopicSet(deps: SessionDeps, sender: Sender): TopicSet {
  const entries = new Map<string, Entry>();
  const state: State = { deps, sender, entries };
  return {
    async open(caller, topics, wish) {
      const wanted = [...new Set(topics)];
      if (countNew(wanted, entries, deps) + entries.size > MAX_TOPICS_PER_SOCKET) return 'too_many';
      const opened: Opened[] = [];
      const by: Opening = { caller, wish, opening: new Map() };
      const indexed = wanted.map((topic) => ({ topic, index: topics.indexOf(topic) }));
      for (let at = 0; at < indexed.length; at += AT_ONCE) {
        opened.push(...(await Promise.all(indexed.slice(at, at + AT_ONCE).map((one) => openOne(state, one, by)))));
      }
      return opened;
    },
    close(topic) {
      const { canonical } = parseTopic(topic, deps.catalogue);
      const entry = entries.get(canonical);
      if (entry !== undefined) remove(state, entry);
      return { topic, canonical, ok: true, epoch: entry?.epoch ?? 0, seq: entry?.subscription.cursor.seq ?? 0 };
    },
    stale: () =>
      [...entries.values()]
        .filter(({ target }) => isPaced(target) && deps.feeds.silentMs(target.canonical) > STALE_AFTER_MS)
        .map(({ target }) => target.canonical),
    clear() {
      for (const entry of [...entries.values()]) remove(state, entry);
    },
  };
}

const unpaced: ReadonlySet<TopicTarget['kind']> = new Set(['scripts', 'market-status', 'scaling']);
const isPaced = ({ kind }: TopicTarget): boolean => !unpaced.has(kind);

const countNew = (topics: readonly string[], entries: ReadonlyMap<string, Entry>, deps: SessionDeps): number => {
  const names = topics.map((topic) => {
    try {
      return parseTopic(topic, deps.catalogue).canonical;
    } catch {
      return topic;
    }
  });
  return new Set(names.filter((name) => !entries.has(name))).size;
};
