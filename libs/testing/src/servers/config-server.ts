import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A config service in the test's own process: one set of settings for whoever asks. */
export interface TestConfigServer {
  readonly url: string;
  readonly key: string;
  /** Changes settings; long polls are answered at once. */
  set(settings: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

type Waiting = Readonly<{ answer: () => void; timer: NodeJS.Timeout }>;
type State = { version: number; settings: Record<string, string>; waiting: Set<Waiting> };

const KEY = 'test-key';
const JSON_TYPE = { 'content-type': 'application/json' };

const answer = (state: State, request: IncomingMessage, response: ServerResponse): void => {
  const etag = `"${state.version}"`;
  if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
  else response.writeHead(200, { ...JSON_TYPE, etag }).end(JSON.stringify({ version: state.version, settings: state.settings }));
};

const hold = (state: State, waitS: number, respond: () => void): void => {
  const settle = (): void => {
    clearTimeout(waiting.timer);
    state.waiting.delete(waiting);
    respond();
  };
  const waiting: Waiting = { answer: settle, timer: setTimeout(settle, waitS * 1000).unref() };
  state.waiting.add(waiting);
};

const onRequest =
  (state: State) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const address = new URL(request.url ?? '/', 'http://localhost');
    if (address.pathname !== '/v1/settings') {
      response.writeHead(404, JSON_TYPE).end('{}');
      return;
    }
    if (request.headers.authorization !== `Bearer ${KEY}`) {
      response.writeHead(401, JSON_TYPE).end('{}');
      return;
    }
    const waitS = Number(address.searchParams.get('waitS') ?? 0);
    const isCurrent = request.headers['if-none-match'] === `"${state.version}"`;
    if (isCurrent && waitS > 0) hold(state, waitS, () => answer(state, request, response));
    else answer(state, request, response);
  };

/** Starts a config server on a free port with these settings. */
export async function startConfigServer(settings: Readonly<Record<string, string>>): Promise<TestConfigServer> {
  const state: State = { version: 1, settings: { ...settings }, waiting: new Set() };
  const server = createServer(onRequest(state)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: KEY,
    set: (changed) => {
      state.version += 1;
      Object.assign(state.settings, changed);
      // A Set may lose members while it is walked: each answer takes itself out.
      for (const waiting of state.waiting) waiting.answer();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const waiting of state.waiting) clearTimeout(waiting.timer);
      await closed;
    },
  };
}
