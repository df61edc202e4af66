import { type AckResult, clientMessage, type ClientMessage, closeCodes, isSignalError, SignalError } from '@signal/contracts';
import type { Caller } from '../auth/caller.ts';
import { atTheEdge, detailsOf, problemOf } from '../http/problem.ts';
import { createFloodGuard } from './flood-guard.ts';
import { createSender, type Sender } from './sender.ts';
import type { SessionDeps } from './session-deps.ts';
import { createTopicSet, type TopicSet } from './topic-set.ts';
import type { Transport } from './transport.ts';

/** How long a socket may stay without a token. */
const AUTH_WITHIN_MS = 5_000;
const FLOOD = { limit: 100, windowMs: 10_000 } as const;
/** Timers of Node cannot wait longer. */
const LONGEST_TIMER_MS = 2_147_483_000;

type Subscribe = Extract<ClientMessage, { op: 'subscribe' }>;
type Unsubscribe = Extract<ClientMessage, { op: 'unsubscribe' }>;

/** One socket: who it is, what it is subscribed to, and what it is told. Messages are taken one after the other. */
export class Session {
  readonly #deps: SessionDeps;
  readonly #transport: Transport;
  readonly #sender: Sender;
  readonly #topics: TopicSet;
  readonly #requestId: string;
  readonly #isFlood: (nowMs: number) => boolean;
  #caller: Caller | undefined;
  #cancelTimer: () => void;
  #isClosed = false;

  constructor(deps: SessionDeps, wire: Readonly<{ transport: Transport; requestId: string }>) {
    this.#deps = deps;
    this.#transport = wire.transport;
    this.#requestId = wire.requestId;
    this.#isFlood = createFloodGuard(FLOOD);
    this.#sender = createSender({ transport: wire.transport, defer: deps.defer, nowMs: deps.nowMs });
    this.#topics = createTopicSet(deps, this.#sender);
    this.#cancelTimer = deps.later(() => this.close(closeCodes.auth, 'no token within 5 s'), AUTH_WITHIN_MS);
  }

  /** Takes the token of the upgrade's header or of an `auth` message. */
  async authenticate(token: string): Promise<void> {
    try {
      const caller = await this.#deps.verifier()(token);
      if (!this.#isClosed) this.#accept(caller);
    } catch (error) {
      if (!isSignalError(error, 'token_invalid', 'token_expired', 'token_revoked')) throw error;
      this.close(closeCodes.auth, error.code);
    }
  }

  /** Takes one frame of the client. A bad one is answered and survived; a flood of them is not. */
  async take(text: string): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#handle(this.#parse(text));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** To be called every second: goes on after a hold, and closes a client that takes nothing. */
  check(): void {
    if (!this.#isClosed) this.#sender.check(this.#deps.nowMs());
  }

  heartbeat(lagMs: number): void {
    if (this.#isClosed || this.#caller === undefined) return;
    this.#say({ type: 'heartbeat', serverMs: this.#deps.nowMs(), lagMs, stale: this.#topics.stale() });
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#transport.close(code, reason);
    this.closed();
  }

  /** Lets go of everything; to be called when the socket is gone, however that came. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    this.#topics.clear();
    if (this.#caller !== undefined) this.#deps.leave(this.#caller.sub);
  }

  #say(message: unknown): void {
    this.#sender.text(JSON.stringify(message));
  }

  #parse(text: string): ClientMessage {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new SignalError('message_invalid', 'the message is not JSON', { cause });
    }
    const parsed = clientMessage.safeParse(value);
    if (parsed.success) return parsed.data;
    const errors = detailsOf(parsed.error, 'pointer');
    throw new SignalError('message_invalid', `${errors[0]?.pointer ?? ''}: ${errors[0]?.detail ?? ''}`, { errors });
  }

  async #handle(message: ClientMessage): Promise<void> {
    switch (message.op) {
      case 'ping':
        this.#say({ op: 'pong', serverMs: this.#deps.nowMs() });
        return;
      case 'auth':
        await this.authenticate(message.token);
        return;
      case 'subscribe':
        await this.#subscribe(message);
        return;
      case 'unsubscribe':
        this.#unsubscribe(message);
    }
  }

  #accept(caller: Caller): void {
    const previous = this.#caller;
    if (previous !== undefined && previous.sub !== caller.sub) {
      this.close(closeCodes.auth, 'the token is of another user');
      return;
    }
    if (previous === undefined && !this.#deps.admit(caller.sub)) {
      this.close(closeCodes.tooMany, 'a user may have 100 sockets');
      return;
    }
    this.#caller = caller;
    this.#awaitExpiry(caller);
    this.#say({ op: 'auth', ok: true, sub: caller.sub, expMs: caller.expMs });
  }

  #awaitExpiry(caller: Caller): void {
    this.#cancelTimer();
    const leftMs = caller.expMs - this.#deps.nowMs();
    const expire = (): void => (leftMs <= LONGEST_TIMER_MS ? this.close(closeCodes.auth, 'token_expired') : this.#awaitExpiry(caller));
    this.#cancelTimer = this.#deps.later(expire, Math.max(0, Math.min(leftMs, LONGEST_TIMER_MS)));
  }

  #requireCaller(): Caller | undefined {
    if (this.#caller === undefined) this.close(closeCodes.auth, 'subscribed without a token');
    return this.#caller;
  }

  async #subscribe(message: Subscribe): Promise<void> {
    const caller = this.#requireCaller();
    if (caller === undefined) return;
    const everyMs = message.maxRateHz === undefined ? undefined : 1000 / message.maxRateHz;
    const opened = await this.#topics.open(caller, message.topics, { resume: message.resume ?? {}, everyMs });
    if (opened === 'too_many') {
      this.close(closeCodes.tooMany, 'a socket may have 1000 topics');
      return;
    }
    const results = opened.map((one): AckResult => (one.ok ? one.result : { topic: one.topic, ok: false, error: this.#problem(one.error) }));
    this.#say({ op: 'ack', id: message.id, results });
    for (const one of opened) if (one.ok) one.begin();
  }

  #unsubscribe(message: Unsubscribe): void {
    if (this.#requireCaller() === undefined) return;
    const results = message.topics.map((topic): AckResult => {
      try {
        return this.#topics.close(topic);
      } catch (error) {
        return { topic, ok: false, error: this.#problem(error) };
      }
    });
    this.#say({ op: 'ack', id: message.id, results });
  }

  #problem(error: unknown) {
    const shown = atTheEdge(error);
    if (shown.status >= 500) this.#deps.onFailure(shown);
    return problemOf(shown, { instance: '/api/v2/websocket', requestId: this.#requestId });
  }

  #refuse(error: unknown): void {
    if (this.#isClosed) return;
    if (this.#isFlood(this.#deps.nowMs())) {
      this.close(closeCodes.rate, 'more than 100 bad messages in 10 s');
      return;
    }
    this.#say({ op: 'error', error: this.#problem(error) });
  }
}
