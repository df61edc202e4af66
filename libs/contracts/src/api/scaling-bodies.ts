import { z } from 'zod';
import { publicTopics } from '../keys.ts';
import { maybeNumber, pageSchema, timeText } from './scalars.ts';

/** `GET admin/scaling`: how many members each service needs, and why. What is unknown is null, with its reason. */
export const scalingBody = z.object({
  data: z.array(
    z.object({
      service: z.string(),
      recommended: z.number().int(),
      current: z.number().int(),
      reason: z.string(),
      bottleneck: z.enum(['none', 'hot_partition', 'redis', 'database', 'script_budget', 'slow_clients']),
      inputs: z.object({ rate: maybeNumber, lagEntries: maybeNumber, lagMs: maybeNumber, perMember: maybeNumber }),
      predictedCatchUpS: maybeNumber,
    }),
  ),
});
/** Advice on the size of each service. */
export type ScalingBody = Readonly<z.infer<typeof scalingBody>>;

/** Names of the fleet's own groups: an external one must not take their place. */
const fleetGroups: readonly string[] = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive', 'gateway'];

/** `POST admin/consumers`: a consumer group of a public topic that must not lose entries to trimming while it is within its budget. */
export const newConsumer = z.strictObject({
  topic: z.enum(publicTopics),
  group: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
    .refine((group) => !fleetGroups.includes(group), 'must not be the name of a service'),
  retentionBudgetMs: z.number().int().min(1_000).max(2_592_000_000),
});

const registered = {
  id: z.string(),
  owner: z.string(),
  createdAt: timeText,
  topic: z.enum(publicTopics),
  group: z.string(),
  retentionBudgetMs: z.number().int(),
};
/** A consumer group as it was registered. */
export const consumerBody = z.object(registered);

const standing = {
  state: z.enum(['active', 'dropped']),
  lagEntries: maybeNumber,
  lagMs: maybeNumber,
  budgetUsed: z.number(),
};

/** `GET admin/consumers/{id}`: worst state, lag in sum and in age, and how it stands in each partition that holds entries of its topic. */
export const consumerStatus = z.object({
  ...registered,
  ...standing,
  partitions: z.array(z.object({ partition: z.number().int(), position: z.string().nullable(), pending: z.number().int(), ...standing })),
});
/** How a registered consumer group stands. */
export type ConsumerStatus = Readonly<z.infer<typeof consumerStatus>>;

/** `GET admin/consumers`. */
export const consumerList = z.object({ data: z.array(consumerStatus), page: pageSchema });
