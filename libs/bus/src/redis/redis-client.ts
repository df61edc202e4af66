import type { RedisCommander } from 'ioredis';

/** A client for commands, of one server or of a cluster. A call with several keys names keys of one slot only. */
export interface RedisClient extends RedisCommander<{ type: 'default'; mapping: 'resp2' }> {
  defineCommand(name: string, definition: Readonly<{ lua: string }>): void;
  disconnect(): void;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  once(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
}
