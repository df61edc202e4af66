import { z } from 'zod';
import { epochMs, pageSchema, timeText } from './scalars.ts';

/** Health of one part. */
export const healthStatus = z.enum(['pass', 'warn', 'fail']);
/** Health of one part. */
export type HealthStatus = z.infer<typeof healthStatus>;

const dependency = z.object({ status: healthStatus, latencyMs: z.number().nullable(), detail: z.string().optional() });

/** `GET /health`: 503 when `status` is `fail`. */
export const healthBody = z.object({
  status: healthStatus,
  marketTimeMs: epochMs.nullable(),
  dependencies: z.record(z.string(), dependency),
  services: z.record(z.string(), z.object({ status: healthStatus, members: z.number().int() })),
  /** Registered readers that used up their retention budget and lost entries to trimming; absent while there are none. */
  readers: z.record(z.string(), z.object({ status: healthStatus, detail: z.string() })).optional(),
  /** Which layers round users' scripts are on, on every host that runs them; absent while none of them answers. */
  sandbox: z.object({ layers: z.record(z.string(), z.boolean()) }).optional(),
});
/** Health of the fleet. */
export type HealthBody = Readonly<z.infer<typeof healthBody>>;

/** `GET /livez`, `/readyz`, `/startupz`. */
export const probeBody = z.object({ status: healthStatus, detail: z.string().optional() });

/** `GET /config/status`: `connected` for everybody, the rest for admins; never a secret's value. */
export const configStatus = z.object({
  connected: z.boolean(),
  version: z.number().int().nullable().optional(),
  ageMs: z.number().nullable().optional(),
  settings: z
    .array(
      z.object({ name: z.string(), source: z.string(), version: z.number().int().nullable(), ageMs: z.number().nullable(), secret: z.boolean() }),
    )
    .optional(),
});

const parameterBody = z.object({
  default: z.union([z.number(), z.string(), z.boolean()]),
  type: z.string(),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.union([z.record(z.string(), z.string()), z.array(z.string())]).optional(),
});

/** `GET indicators/{id}`: what the catalogue says of one indicator. */
export const indicatorBody = z.object({
  id: z.string(),
  name: z.string(),
  category: z.string(),
  inputs: z.array(z.string()),
  params: z.record(z.string(), parameterBody),
  outputs: z.array(z.string()),
  aliases: z.array(z.string()).optional(),
  warmup: z.number().int(),
});

/** `GET indicators`. */
export const indicatorList = z.object({ data: z.array(indicatorBody), page: pageSchema });

/** `GET topics`: how to find a reading's stream in Redis. */
export const topicsBody = z.object({
  partitions: z.number().int(),
  slots: z.number().int(),
  hash: z.literal('murmur3_x86_32'),
  topics: z.array(z.object({ name: z.string(), keys: z.array(z.string()) })),
  instruments: z.array(z.object({ instrument: z.string(), partition: z.number().int(), slot: z.number().int() })),
});

/** `GET market-status`: the session and the feed of each venue. */
export const marketStatus = z.object({
  data: z.array(
    z.object({
      venue: z.string(),
      state: z.enum(['open', 'closed', 'halted']),
      session: z.string().nullable(),
      opensAt: timeText.nullable(),
      closesAt: timeText.nullable(),
      feed: z.string(),
      feedState: z.enum(['live', 'stale', 'ended']),
      lastEventMs: epochMs.nullable(),
    }),
  ),
});
/** Status of the venues. */
export type MarketStatus = Readonly<z.infer<typeof marketStatus>>;

/** `GET admin/members`: `busy` is the share of its time that a member works; null until it has said so. */
export const membersBody = z.object({
  data: z.array(
    z.object({
      member: z.string(),
      service: z.string(),
      pid: z.number().int(),
      url: z.string(),
      startedAt: timeText,
      partitions: z.number().int(),
      busy: z.number().nullable(),
      draining: z.boolean(),
    }),
  ),
});

/** `GET admin/partitions`: owner, lag and busy share of each partition of each service; null where nothing was read or measured yet. */
export const partitionsBody = z.object({
  data: z.array(
    z.object({
      service: z.string(),
      partition: z.number().int(),
      slot: z.number().int(),
      owner: z.string().nullable(),
      epoch: z.number().int(),
      lagEntries: z.number().nullable(),
      lagMs: z.number().nullable(),
      busy: z.number().nullable(),
    }),
  ),
});

/** `POST admin/partitions/{p}/move`. */
export const partitionMove = z.strictObject({ service: z.string().min(1).max(64), to: z.string().min(1).max(128) });

/** Answer to it: what the leader was asked for. */
export const partitionMoveOrder = z.object({ service: z.string(), partition: z.number().int(), to: z.string() });

/** Answer to `POST admin/members/{id}/drain`: the services whose leaders were asked. */
export const drainOrder = z.object({ member: z.string(), services: z.array(z.string()) });

/** `GET admin/breakers`. */
export const breakersBody = z.object({
  data: z.array(z.object({ name: z.string(), state: z.enum(['closed', 'open', 'half_open']), failures: z.number().int() })),
});

const sheddingClass = z.object({
  threshold: z.number().int(),
  inFlight: z.number().int(),
  waiting: z.number().int(),
  admitted: z.number().int(),
  shed: z.number().int(),
});

/** `GET admin/shedding`: requests that are in flight, running or waiting, and how many may be, by class. */
export const sheddingBody = z.object({
  limit: z.number().int(),
  inFlight: z.number().int(),
  classes: z.object({ critical: sheddingClass, realtime: sheddingClass, historical: sheddingClass, batch: sheddingClass }),
});

/** `GET /.well-known/jwks.json`: the public keys that tokens are checked with. */
export const jwksBody = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** Settings of the page that a browser may know. */
export const openApiBody = z.record(z.string(), z.unknown());
