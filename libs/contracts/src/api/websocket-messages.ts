import { z } from 'zod';
import { epochMs, problemSchema } from './scalars.ts';

/** Topics that one socket may have. */
export const MAX_TOPICS_PER_SOCKET = 1000;
/** Sockets that one user may have. */
export const MAX_SOCKETS_PER_USER = 100;
/** Greatest frame from a client, in bytes. */
export const MAX_FRAME_BYTES = 65_536;

/** Close codes of the WebSocket, beside 1001 (drain) and 1009 (frame too large). */
export const closeCodes = { auth: 4001, entitlement: 4003, slow: 4008, tooMany: 4009, rate: 4029 } as const;

const id = z.union([z.number(), z.string().max(128)]).optional();
// As many as a frame holds: more than a socket may have is not a bad message, it closes the socket.
const topicList = z.array(z.string().min(1).max(512)).min(1);

/** What a client may say. */
export const clientMessage = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('auth'), token: z.string().max(16_384) }),
  z.strictObject({
    op: z.literal('subscribe'),
    id,
    topics: topicList,
    maxRateHz: z.number().positive().max(1000).optional(),
    resume: z.record(z.string(), z.strictObject({ epoch: z.number().int(), seq: z.number().int() })).optional(),
  }),
  z.strictObject({ op: z.literal('unsubscribe'), id, topics: topicList }),
  z.strictObject({ op: z.literal('ping') }),
]);
/** A message of a client. */
export type ClientMessage = Readonly<z.infer<typeof clientMessage>>;

const data = z.record(z.string(), z.unknown());
const ackResult = z.union([
  z.object({ topic: z.string(), canonical: z.string(), ok: z.literal(true), epoch: z.number().int(), seq: z.number().int() }),
  z.object({ topic: z.string(), ok: z.literal(false), error: problemSchema }),
]);
/** Answer for one topic of a subscribe or unsubscribe. */
export type AckResult = Readonly<z.infer<typeof ackResult>>;

/** What the server says: answers have `op`, data has `type`. */
export const serverMessage = z.union([
  z.object({ op: z.literal('auth'), ok: z.literal(true), sub: z.string(), expMs: epochMs }),
  z.object({ op: z.literal('ack'), id, results: z.array(ackResult) }),
  z.object({ op: z.literal('pong'), serverMs: epochMs }),
  z.object({ op: z.literal('error'), error: problemSchema }),
  z.object({
    type: z.literal('snapshot'),
    topic: z.string(),
    epoch: z.number().int(),
    seq: z.number().int(),
    tsMs: epochMs,
    final: z.boolean(),
    data,
  }),
  z.object({
    type: z.literal('update'),
    topic: z.string(),
    seq: z.number().int(),
    prevSeq: z.number().int(),
    tsMs: epochMs,
    final: z.boolean(),
    data,
  }),
  z.object({ type: z.literal('reset'), topic: z.string(), reason: z.string() }),
  z.object({ type: z.literal('heartbeat'), serverMs: epochMs, lagMs: z.number(), stale: z.array(z.string()) }),
]);
/** A message of the server. */
export type ServerMessage = Readonly<z.infer<typeof serverMessage>>;
