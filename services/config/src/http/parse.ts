import { type ErrorCode, SignalError } from '@signal/contracts';
import { z } from 'zod';

const nameOfPart = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -');
const serviceOrAll = z.union([nameOfPart, z.literal('*')]);
const settingName = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be 1 to 64 of A-Z, 0-9 and _');
const MAX_VALUE_CHARACTERS = 65_536;

/** Query of a read. */
export const readQuery = z.strictObject({
  environment: nameOfPart,
  service: nameOfPart,
  waitS: z.coerce.number().int().min(0).max(60).default(0),
});
/** Query of a change: without `service` it holds for all services of the environment. */
export const changeQuery = z.strictObject({ environment: nameOfPart, service: serviceOrAll.default('*') });
/** Query of a rollback: without `environment` it holds for all. */
export const rollbackQuery = z.strictObject({ environment: nameOfPart.optional() });
/** Query of a route that takes none. */
export const noQuery = z.strictObject({});
/** Body of a change: `null` removes a name, names not mentioned stay. */
export const changeBody = z.strictObject({
  settings: z.record(settingName, z.union([z.string().max(MAX_VALUE_CHARACTERS), z.null()])),
  comment: z.string().max(1000).default(''),
});
/** Body of a rollback. */
export const rollbackBody = z.strictObject({ version: z.number().int().positive() });

/** Returns `given` as the schema has it, or throws `code` with a pointer to each problem. */
export function parseAs<S extends z.ZodType>(schema: S, given: unknown, code: ErrorCode): z.infer<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, detail: issue.message }));
  throw new SignalError(code, errors.map((error) => `${error.pointer} ${error.detail}`).join('; '), { errors });
}
