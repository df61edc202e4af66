import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeSignals, partitionOf, type Signal } from '@signal/contracts';
import { WebSocket } from 'ws';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

type Message = Readonly<Record<string, unknown>>;
type Client = Readonly<{
  socket: WebSocket;
  say: (message: unknown) => void;
  next: () => Promise<Message>;
  closed: Promise<readonly [code: number, reason: string]>;
}>;

const PARTITION = partitionOf('INDEX:SPX', 64);
const bar = (seq: number, final: boolean, close = 2500 + seq): Signal => ({
  instrument: 'INDEX:SPX',
  interval: '1m',
  seq,
  tsMs: 1_546_266_600_000 + seq,
  final,
  data: { open: 1, high: 2, low: 1, close, volume: 1, source: 'bridged' },
});

let gateway: MemoryGateway;
let id = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  gateway.market.quote('INDEX:SPX', { tsMs: 1_546_266_600_000, last: 2500, lastSize: 1 });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.market.values.delete(`bars:${PARTITION}`);
  gateway.market.entries.clear();
  gateway.market.epoch = 3;
});

/** Publishes signals as ingest would: an entry of the stream, the newest values, and the tail's call. */
const publish = (...signals: readonly Signal[]): void => {
  id += 1;
  const fields = new Map(Object.entries(encodeSignals(signals)).map(([name, value]) => [name, Buffer.from(value)]));
  for (const signal of signals) gateway.market.signal('bars', signal);
  const name = `bars:${PARTITION}`;
  gateway.market.entries.set(name, [...(gateway.market.entries.get(name) ?? []), { id: `${id}-0`, fields }]);
  gateway.listeners().onEntry({ topic: 'bars', partition: PARTITION, id: `${id}-0`, prev: `${id - 1}-0`, fields });
};

const open = async (headers: Record<string, string> = {}): Promise<Client> => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v2/websocket`, { headers });
  const waiting: Message[] = [];
  const takers: ((message: Message) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as Message;
    const taker = takers.shift();
    if (taker === undefined) waiting.push(message);
    else taker(message);
  });
  const closed = once(socket, 'close').then(([code, reason]) => [code as number, String(reason)] as const);
  await once(socket, 'open');
  const next = (): Promise<Message> => {
    const message = waiting.shift();
    return message === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(message);
  };
  return { socket, say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)), next, closed };
};

const signedIn = async (claims: Parameters<MemoryGateway['token']>[0] = {}): Promise<Client> => {
  const client = await open({ authorization: `Bearer ${await gateway.token(claims)}` });
  expect(await client.next()).toMatchObject({ op: 'auth', ok: true, sub: claims?.sub ?? 'alice' });
  return client;
};

const topic = 'bars:INDEX:SPX:1m';

describe('a socket', () => {
  it('acknowledges, sends the snapshot, then updates that each name the one before', async () => {
    publish(bar(1, true), bar(2, false));
    const client = await signedIn();
    client.say({ op: 'subscribe', id: 7, topics: ['bars:index:spx:1m'] });
    expect(await client.next()).toEqual({
      op: 'ack',
      id: 7,
      results: [{ topic: 'bars:index:spx:1m', canonical: topic, ok: true, epoch: 3, seq: 2 }],
    });
    expect(await client.next()).toMatchObject({ type: 'snapshot', topic, epoch: 3, seq: 2, final: false, data: { close: 2502 } });
    publish(bar(3, false));
    expect(await client.next()).toMatchObject({ type: 'update', topic, seq: 3, prevSeq: 2, data: { close: 2503 } });
    publish(bar(4, true), bar(5, false));
    expect([await client.next(), await client.next()]).toMatchObject([
      { seq: 4, prevSeq: 3, final: true },
      { seq: 5, prevSeq: 4, final: false },
    ]);
    client.socket.close();
  });

  it('tails a stream while somebody is subscribed to it, and no longer', async () => {
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: [topic] });
    await client.next();
    expect(gateway.tailed).toContain(`bars:${PARTITION}`);
    client.say({ op: 'unsubscribe', id: 'x', topics: [topic] });
    expect(await client.next()).toMatchObject({ op: 'ack', id: 'x', results: [{ canonical: topic, ok: true }] });
    expect(gateway.tailed).not.toContain(`bars:${PARTITION}`);
    client.socket.close();
  });

  it('begins a valid resume with what was missed, and no snapshot', async () => {
    for (let seq = 1; seq <= 4; seq++) publish(bar(seq, true));
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: [topic], resume: { [topic]: { epoch: 3, seq: 2 } } });
    expect(await client.next()).toMatchObject({ op: 'ack', results: [{ epoch: 3, seq: 4 }] });
    expect([await client.next(), await client.next()]).toMatchObject([
      { type: 'update', seq: 3, prevSeq: 2 },
      { type: 'update', seq: 4, prevSeq: 3 },
    ]);
    publish(bar(5, true));
    expect(await client.next()).toMatchObject({ type: 'update', seq: 5, prevSeq: 4 });
    client.socket.close();
  });

  it.each([
    ['of another epoch', { epoch: 2, seq: 4 }, 'epoch'],
    ['of what is trimmed', { epoch: 3, seq: 1 }, 'gap'],
    ['of the future', { epoch: 3, seq: 99 }, 'gap'],
  ])('answers a resume %s with a reset and a snapshot', async (_what, resume, reason) => {
    publish(bar(4, true));
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: [topic], resume: { [topic]: resume } });
    await client.next();
    expect([await client.next(), await client.next()]).toMatchObject([
      { type: 'reset', topic, reason },
      { type: 'snapshot', seq: 4 },
    ]);
    client.socket.close();
  });

  it('resumes a conflated topic with its newest message, as an update', async () => {
    const client = await signedIn();
    const quotes = 'quotes:INDEX:SPX';
    gateway.market.entries.set(`market:${PARTITION}`, [{ id: '9-0', fields: new Map() }]);
    client.say({
      op: 'subscribe',
      topics: [quotes, 'market-status'],
      resume: { [quotes]: { epoch: 3, seq: 5 }, 'market-status': { epoch: 0, seq: 1 } },
    });
    await client.next();
    expect([await client.next(), await client.next()]).toMatchObject([
      { type: 'update', topic: quotes, seq: 9, prevSeq: 5, data: { last: 2500 } },
      { type: 'update', topic: 'market-status', prevSeq: 1 },
    ]);
    client.socket.close();
    const other = await signedIn();
    other.say({ op: 'subscribe', topics: [quotes], resume: { [quotes]: { epoch: 2, seq: 5 } } });
    await other.next();
    expect([await other.next(), await other.next()]).toMatchObject([
      { type: 'reset', topic: quotes, reason: 'epoch' },
      { type: 'snapshot', topic: quotes, epoch: 3, seq: 9 },
    ]);
    other.socket.close();
  });

  it('begins again when the tail lost its place', async () => {
    publish(bar(1, true));
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: [topic] });
    await client.next();
    await client.next();
    gateway.market.epoch = 4;
    gateway.market.signal('bars', bar(9, true));
    gateway.listeners().onReset({ topic: 'bars', partition: PARTITION, reason: 'generation' });
    expect([await client.next(), await client.next()]).toMatchObject([
      { type: 'reset', reason: 'generation' },
      { type: 'snapshot', epoch: 4, seq: 9 },
    ]);
    client.socket.close();
  });

  it('asks for a reading that nobody had asked for, once', async () => {
    const client = await signedIn();
    gateway.inbox.length = 0;
    client.say({ op: 'subscribe', topics: ['indicators:INDEX:SPX:1m:rsi(7)', 'indicators:INDEX:SPX:1m:rsi(length=7)'] });
    expect(await client.next()).toMatchObject({
      op: 'ack',
      results: [
        { canonical: 'indicators:INDEX:SPX:1m:rsi(7)', ok: true, seq: 0 },
        { canonical: 'indicators:INDEX:SPX:1m:rsi(7)', ok: true },
      ],
    });
    expect(gateway.inbox.map(({ record }) => record)).toEqual([
      { kind: 'plan-start', instrument: 'INDEX:SPX', interval: '1m', expression: 'rsi(7)' },
    ]);
    client.socket.close();
  });

  it('answers each topic that is not to be had with its problem, and survives', async () => {
    const client = await signedIn({ entitlements: ['instruments:INDEX'] });
    client.say({
      op: 'subscribe',
      topics: ['profile:INDEX:SPX', 'bars:INDEX:NOPE:1m', 'greeks:INDEX:SPX-20190118-2500-C', 'bars:NASDAQ:AAPL:1m', 'scripts:scr_nope', topic],
    });
    const { results } = (await client.next()) as Readonly<{ results: readonly { ok: boolean; error?: { code: string } }[] }>;
    expect(results.map((result) => result.error?.code ?? result.ok)).toEqual([
      'topic_invalid',
      'instrument_unknown',
      'entitlement_missing',
      'entitlement_missing',
      'script_unknown',
      true,
    ]);
    client.say({ op: 'ping' });
    expect(await client.next()).toMatchObject({ op: 'pong', serverMs: expect.any(Number) });
    client.socket.close();
  });

  it('takes messages in their order, also right behind the token', async () => {
    const client = await open();
    client.say({ op: 'auth', token: await gateway.token() });
    client.say({ op: 'subscribe', id: 1, topics: ['market-status'] });
    expect([await client.next(), await client.next(), await client.next()]).toMatchObject([
      { op: 'auth', ok: true },
      { op: 'ack', id: 1 },
      { type: 'snapshot', topic: 'market-status', data: { data: [{ venue: 'INDEX' }] } },
    ]);
    client.socket.close();
  });

  it('tells operators, and nobody else, how many members services need', async () => {
    const operator = await signedIn({ roles: ['operator'] });
    operator.say({ op: 'subscribe', id: 1, topics: ['scaling'] });
    expect([await operator.next(), await operator.next()]).toMatchObject([
      { op: 'ack', results: [{ topic: 'scaling', ok: true }] },
      { type: 'snapshot', topic: 'scaling', tsMs: 1_546_285_800_000, data: { data: [{ service: 'indicator', recommended: 2 }] } },
    ]);
    operator.socket.close();
    const user = await signedIn();
    user.say({ op: 'subscribe', id: 1, topics: ['scaling'] });
    expect(await user.next()).toMatchObject({ op: 'ack', results: [{ topic: 'scaling', ok: false, error: { code: 'role_missing' } }] });
    user.socket.close();
  });

  it('takes a message sent right behind an upgrade that carries the token', async () => {
    const client = await open({ authorization: `Bearer ${await gateway.token()}` });
    client.say({ op: 'subscribe', id: 1, topics: ['market-status'] });
    expect([await client.next(), await client.next()]).toMatchObject([
      { op: 'auth', ok: true },
      { op: 'ack', id: 1 },
    ]);
    client.socket.close();
  });

  it('begins a topic once, however often one message spells it', async () => {
    publish(bar(1, true));
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: ['bars:index:spx:1m', topic] });
    expect(await client.next()).toMatchObject({
      op: 'ack',
      results: [
        { topic: 'bars:index:spx:1m', canonical: topic, ok: true, seq: 1 },
        { topic, canonical: topic, ok: true, seq: 1 },
      ],
    });
    client.say({ op: 'ping' });
    expect([await client.next(), await client.next()]).toMatchObject([{ type: 'snapshot', seq: 1 }, { op: 'pong' }]);
    client.socket.close();
  });

  it('makes the first message of a topic without a value its snapshot', async () => {
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: [topic] });
    expect(await client.next()).toMatchObject({ op: 'ack', results: [{ ok: true, epoch: 3, seq: 0 }] });
    publish(bar(1, false));
    expect(await client.next()).toMatchObject({ type: 'snapshot', topic, epoch: 3, seq: 1 });
    publish(bar(2, false));
    expect(await client.next()).toMatchObject({ type: 'update', seq: 2, prevSeq: 1 });
    client.socket.close();
  });

  it('says which topic of a message has which character wrong', async () => {
    const client = await signedIn();
    client.say({ op: 'subscribe', topics: ['market-status', 'bars:INDEX:SPX:1x', 'indicators:INDEX:SPX:1m:rsi(14'] });
    expect(await client.next()).toMatchObject({
      results: [{ ok: true }, { error: { errors: [{ pointer: '/topics/1' }] } }, { error: { errors: [{ pointer: '/topics/2', offset: 6 }] } }],
    });
    client.socket.close();
  });

  it('survives bad messages, and closes a flood of them with 4029', async () => {
    const client = await signedIn();
    client.say('{');
    expect(await client.next()).toMatchObject({ op: 'error', error: { code: 'message_invalid', status: 400 } });
    client.say({ op: 'subscribe', topics: [], extra: 1 });
    expect(await client.next()).toMatchObject({ op: 'error', error: { code: 'message_invalid' } });
    for (let k = 0; k < 110; k++) client.say('no');
    expect((await client.closed)[0]).toBe(4029);
  });

  it('closes with 4001 without a good token, and when one subscribes before it', async () => {
    const forged = await open({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' });
    expect(await forged.closed).toEqual([4001, 'token_invalid']);
    const early = await open();
    early.say({ op: 'subscribe', topics: [topic] });
    expect((await early.closed)[0]).toBe(4001);
    const expiring = await signedIn({ ttlS: 1 });
    expect(await expiring.closed).toEqual([4001, 'token_expired']);
  });

  it('closes a frame above 64 KiB with 1009, and a topic or socket too many with 4009', async () => {
    const large = await signedIn();
    large.say('x'.repeat(70_000));
    expect((await large.closed)[0]).toBe(1009);
    const greedy = await signedIn();
    const many = (from: number) => Array.from({ length: 600 }, (_, k) => `bars:INDEX:SPX:${from + k}s`);
    greedy.say({ op: 'subscribe', topics: many(1) });
    await greedy.next();
    greedy.say({ op: 'subscribe', topics: many(1000) });
    expect((await greedy.closed)[0]).toBe(4009);
    const greedier = await signedIn();
    greedier.say({ op: 'subscribe', topics: Array.from({ length: 1001 }, (_, k) => `bars:INDEX:SPX:${k + 1}s`) });
    expect((await greedier.closed)[0]).toBe(4009);
    const sockets = await Promise.all(Array.from({ length: 100 }, () => signedIn({ sub: 'many' })));
    const extra = await open({ authorization: `Bearer ${await gateway.token({ sub: 'many' })}` });
    expect((await extra.closed)[0]).toBe(4009);
    for (const client of sockets) client.socket.terminate();
  });

  it('sends heartbeats to those who are signed in', async () => {
    const client = await signedIn();
    gateway.edge.sockets.heartbeat(12);
    expect(await client.next()).toMatchObject({ type: 'heartbeat', lagMs: 12, stale: [], serverMs: expect.any(Number) });
    client.socket.close();
  });
});

describe('draining', () => {
  it('closes with 1001 and the time after which to come back', async () => {
    const own = await startMemoryGateway();
    const socket = new WebSocket(`${own.url.replace('http', 'ws')}/api/v2/websocket`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await own.stop();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, JSON.parse(String(reason))]).toEqual([1001, { retryAfterMs: 10 }]);
  });
});
