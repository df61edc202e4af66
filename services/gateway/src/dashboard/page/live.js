import { readToken } from './session.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** The service beats every 5 s; two missed beats mean that the line is dead. */
const SILENCE_MS = 12_000;
const AUTH_CODE = 4001;

/**
 * One socket for the page. `onState` is told `connecting`, `live`, `disconnected` or `refused`; a subscription survives reconnecting:
 * it is asked for again and begins with a new snapshot.
 */
export function createLive(onState) {
  const handlers = new Map();
  let socket;
  let retryMs = FIRST_RETRY_MS;
  let timer;
  let silence;
  let ended = false;

  const say = (message) => {
    if (socket?.readyState === WebSocket.OPEN && socket.authenticated) socket.send(JSON.stringify(message));
  };

  const watch = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), SILENCE_MS);
  };

  const take = (message) => {
    if (message.op === 'auth') {
      socket.authenticated = true;
      retryMs = FIRST_RETRY_MS;
      onState('live');
      for (const [topic, { rate }] of handlers) say({ op: 'subscribe', topics: [topic], ...rate });
      return;
    }
    if (message.op === 'ack') {
      for (const result of message.results) if (result.ok === false) handlers.get(result.topic)?.onMessage({ type: 'refused', problem: result.error });
      return;
    }
    if (message.type === 'heartbeat') {
      for (const [topic, handler] of handlers) handler.onMessage({ type: 'stale', stale: message.stale.includes(handler.canonical ?? topic) });
      return;
    }
    if (message.topic === undefined) return;
    for (const [topic, handler] of handlers) {
      if (topic === message.topic) handler.onMessage(message);
    }
  };

  const connect = () => {
    onState('connecting');
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v2/websocket`);
    const own = socket;
    own.addEventListener('open', () => own.send(JSON.stringify({ op: 'auth', token: readToken() })));
    own.addEventListener('message', (event) => {
      watch();
      take(JSON.parse(event.data));
    });
    own.addEventListener('close', (event) => {
      clearTimeout(silence);
      if (ended || own !== socket) return;
      if (event.code === AUTH_CODE) {
        onState('refused', event.reason);
        return;
      }
      onState('disconnected');
      timer = setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    });
  };

  return {
    start: connect,
    /** Passes the messages of a canonical topic to `onMessage` until the returned function is called. */
    subscribe(topic, onMessage, maxRateHz) {
      const rate = maxRateHz === undefined ? {} : { maxRateHz };
      handlers.set(topic, { onMessage, rate });
      say({ op: 'subscribe', topics: [topic], ...rate });
      return () => {
        if (handlers.get(topic)?.onMessage !== onMessage) return;
        handlers.delete(topic);
        say({ op: 'unsubscribe', topics: [topic] });
      };
    },
    stop() {
      ended = true;
      clearTimeout(timer);
      clearTimeout(silence);
      socket?.close();
    },
  };
}
