import { describe, expect, it } from '@jest/globals';
import { parseInstrument, type Signal } from '@signal/contracts';
import { createFrame, type Frame } from './frame.ts';
import { signalFrame } from './pieces.ts';
import { createSender } from './sender.ts';
import { Subscription } from './subscription.ts';
import type { TopicTarget } from './topic-name.ts';

const frame = (seq: number, mustDeliver = false, topic = 'bars:A:B:1m'): Frame =>
  createFrame({ topic, seq, tsMs: seq, final: mustDeliver, data: { seq }, mustDeliver });

const harness = () => {
  const state = { now: 0, buffered: 0, writes: [] as (readonly string[])[], closed: 0 };
  const work: (() => void)[] = [];
  const timers: { dueMs: number; run: () => void }[] = [];
  const sender = createSender({
    transport: { send: (texts) => void state.writes.push(texts), bufferedBytes: () => state.buffered, close: (code) => void (state.closed = code) },
    defer: (run) => void work.push(run),
    nowMs: () => state.now,
  });
  const subscription = new Subscription('bars:A:B:1m', sender, {
    everyMs: 0,
    nowMs: () => state.now,
    later: (run, ms) => {
      const timer = { dueMs: state.now + ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  const turn = () => {
    for (const run of work.splice(0)) run();
  };
  const advance = (ms: number) => {
    state.now += ms;
    for (const timer of timers.filter(({ dueMs }) => dueMs <= state.now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
    turn();
  };
  const seqs = () => state.writes.flat().map((text) => (JSON.parse(text) as { seq: number; prevSeq: number }).seq);
  return { state, sender, subscription, turn, advance, seqs };
};

describe('sending', () => {
  it('writes once for all that one turn has brought', () => {
    const { subscription, state, turn } = harness();
    subscription.goOn(0);
    for (let seq = 1; seq <= 3; seq++) subscription.offer(frame(seq, true));
    turn();
    expect(state.writes.map((texts) => texts.length)).toEqual([3]);
  });

  it('conflates a slow client to the newest of a topic, and drops no final', () => {
    const { subscription, sender, state, turn, advance, seqs } = harness();
    subscription.goOn(0);
    state.buffered = 1_000_000;
    for (const [seq, final] of [
      [1, false],
      [2, false],
      [3, true],
      [4, false],
      [5, true],
      [6, false],
      [7, false],
    ] as const) {
      subscription.offer(frame(seq, final));
      turn();
    }
    expect(state.writes).toEqual([]);
    state.buffered = 0;
    sender.check(state.now);
    expect(seqs()).toEqual([3, 5, 7]);
    expect(state.writes.flat().map((text) => (JSON.parse(text) as { prevSeq: number }).prevSeq)).toEqual([0, 3, 5]);
    advance(0);
    expect(state.closed).toBe(0);
  });

  it('closes with 4008 a client that takes nothing for 10 s, and lives with one that takes a little', () => {
    const stuck = harness();
    stuck.subscription.goOn(0);
    stuck.state.buffered = 1_000_000;
    stuck.subscription.offer(frame(1));
    stuck.turn();
    for (let second = 0; second < 10; second++) {
      stuck.advance(1_000);
      stuck.sender.check(stuck.state.now);
    }
    expect(stuck.state.closed).toBe(4008);
    const slow = harness();
    slow.subscription.goOn(0);
    slow.state.buffered = 10_000_000;
    slow.subscription.offer(frame(1));
    for (let second = 0; second < 20; second++) {
      slow.advance(1_000);
      slow.state.buffered -= 1_000;
      slow.sender.check(slow.state.now);
    }
    expect(slow.state.closed).toBe(0);
  });

  it('keeps to the rate that was asked for, the newest last, finals at once', () => {
    const { subscription, advance, seqs } = harness();
    subscription.goOn(0);
    subscription.repace(100);
    subscription.offer(frame(1));
    advance(10);
    subscription.offer(frame(2));
    subscription.offer(frame(3));
    advance(10);
    expect(seqs()).toEqual([1]);
    advance(90);
    expect(seqs()).toEqual([1, 3]);
    subscription.offer(frame(4, true));
    advance(1);
    expect(seqs()).toEqual([1, 3, 4]);
  });

  it('holds live messages while a snapshot is read, and passes on only what is newer', () => {
    const { subscription, turn, seqs } = harness();
    for (let seq = 4; seq <= 8; seq++) subscription.offer(frame(seq, true));
    subscription.goOn(6);
    turn();
    expect(seqs()).toEqual([7, 8]);
  });

  it('frames a message once for all subscribers that stand at the same place', () => {
    const one = frame(5);
    expect(one.update(4)).toBe(one.update(4));
    expect(JSON.parse(one.update(3))).toMatchObject({ seq: 5, prevSeq: 3 });
  });

  it('sheds streams by conflation: every final bar and script signal reaches a slow client, of the rest the newest', () => {
    const { sender, state, turn } = harness();
    const instrument = parseInstrument('INDEX:SPX');
    const targets = {
      bar: { kind: 'bars', canonical: 'bars:INDEX:SPX:1m', instrument, interval: '1m', key: 'INDEX:SPX|1m|' },
      script: { kind: 'scripts', canonical: 'scripts:scr_a', script: 'scr_a' },
    } as unknown as Record<'bar' | 'script', TopicTarget>;
    const signal = (seq: number, final: boolean): Signal => ({ instrument: instrument.id, interval: '1m', seq, tsMs: seq, final, data: { seq } });
    const cursors = { bar: { seq: 0 }, script: { seq: 0 } };
    state.buffered = 1_000_000;
    for (let seq = 1; seq <= 1_000; seq += 1) {
      sender.update(signalFrame(targets.bar, signal(seq, seq % 10 === 0)), cursors.bar);
      sender.update(signalFrame(targets.script, signal(seq, seq % 2 === 0)), cursors.script);
      turn();
    }
    state.buffered = 0;
    sender.check(state.now);
    const sent = state.writes.flat().map((text) => JSON.parse(text) as { topic: string; seq: number });
    const seqsOf = (topic: string): readonly number[] => sent.filter((message) => message.topic === topic).map(({ seq }) => seq);
    expect(seqsOf('bars:INDEX:SPX:1m')).toEqual(Array.from({ length: 100 }, (_, index) => (index + 1) * 10));
    expect(seqsOf('scripts:scr_a')).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });
});
