import { readToken } from './session.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** The service beats every 5 s; two missed beats mean that the line is dead. */
const SILENCE_MS = 12_000;
const AUTH_CODE = 4001;

const address = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v2/websocket`;

/**
 * One socket for the page. `onState` is told `connecting`, `live`, `disconnected` or `refused`; a subscription survives reconnecting:
 * it is asked for again and begins with a new snapshot.
 */
class Live {
  #onState;
  #handlers = new Map();
  #socket;
  #isSignedIn = false;
  #retryMs = FIRST_RETRY_MS;
  #timer;
  #silence;
  #isEnded = false;

  constructor(onState) {
    this.#onState = onState;
  }

  start() {
    this.#onState('connecting');
    const socket = new WebSocket(address());
    this.#socket = socket;
    socket.addEventListener('open', () => socket.send(JSON.stringify({ op: 'auth', token: readToken() })));
    socket.addEventListener('message', (event) => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => socket.close(), SILENCE_MS);
      this.#take(JSON.parse(event.data));
    });
    socket.addEventListener('close', (event) => this.#onClose(socket, event));
  }

  /** Passes the messages of a canonical topic to `onMessage` until the returned function is called. */
  subscribe(topic, onMessage, maxRateHz) {
    const handler = { onMessage, rate: maxRateHz === undefined ? {} : { maxRateHz } };
    this.#handlers.set(topic, handler);
    this.#ask(topic, handler);
    return () => {
      if (this.#handlers.get(topic) !== handler) return;
      this.#handlers.delete(topic);
      this.#say({ op: 'unsubscribe', topics: [topic] });
    };
  }

  stop() {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
  }

  #say(message) {
    if (this.#isSignedIn) this.#socket.send(JSON.stringify(message));
  }

  #ask(topic, { rate }) {
    this.#say({ op: 'subscribe', topics: [topic], ...rate });
  }

  #take(message) {
    if (message.op === 'auth') this.#onSignedIn();
    else if (message.op === 'ack') this.#onAck(message);
    else if (message.type === 'heartbeat') this.#onHeartbeat(message);
    else if (message.topic !== undefined) this.#handlers.get(message.topic)?.onMessage(message);
  }

  #onSignedIn() {
    this.#isSignedIn = true;
    this.#retryMs = FIRST_RETRY_MS;
    this.#onState('live');
    for (const [topic, handler] of this.#handlers) this.#ask(topic, handler);
  }

  #onAck({ results }) {
    for (const result of results) if (!result.ok) this.#handlers.get(result.topic)?.onMessage({ type: 'refused', problem: result.error });
  }

  #onHeartbeat({ stale }) {
    for (const [topic, { onMessage }] of this.#handlers) onMessage({ type: 'stale', stale: stale.includes(topic) });
  }

  #onClose(socket, { code, reason }) {
    clearTimeout(this.#silence);
    if (this.#isEnded || socket !== this.#socket) return;
    this.#isSignedIn = false;
    if (code === AUTH_CODE) {
      this.#onState('refused', reason);
      return;
    }
    this.#onState('disconnected');
    this.#timer = setTimeout(() => this.start(), this.#retryMs * (0.75 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

/** Returns the page's socket; it connects when it is started. */
export function createLive(onState) {
  return new Live(onState);
}
