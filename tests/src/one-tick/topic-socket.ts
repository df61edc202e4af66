import { until } from '@signal/testing';
import { WebSocket } from 'ws';

/** A frame of the gateway. */
export type SocketFrame = Readonly<Record<string, unknown>>;

/** A WebSocket client that keeps what it is told. */
export interface TopicSocket {
  send(frame: SocketFrame): void;
  /** Returns the first frame received so far, or to come, that fits. */
  frame(what: string, fits: (frame: SocketFrame) => boolean): Promise<SocketFrame>;
  /** Returns the updates of a topic received so far. */
  updates(topic: string): readonly SocketFrame[];
  close(): void;
}

/** Opens a socket at a gateway and signs in. */
export async function openTopicSocket(url: string, token: string): Promise<TopicSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v2/websocket`);
  const frames: SocketFrame[] = [];
  socket.on('message', (data: Buffer) => void frames.push(JSON.parse(data.toString()) as SocketFrame));
  await until(() => socket.readyState === WebSocket.OPEN, { what: 'the socket is open' });
  const frame = async (what: string, fits: (one: SocketFrame) => boolean): Promise<SocketFrame> => {
    await until(() => frames.some(fits), { what });
    return frames.find(fits) ?? {};
  };
  const send = (one: SocketFrame): void => socket.send(JSON.stringify(one));
  send({ op: 'auth', token });
  await frame('the token is accepted', ({ op, ok }) => op === 'auth' && ok === true);
  return {
    send,
    frame,
    updates: (topic) => frames.filter((one) => one['type'] === 'update' && one['topic'] === topic),
    close: () => socket.close(),
  };
}
