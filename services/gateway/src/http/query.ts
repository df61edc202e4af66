import { type ErrorDetail, SignalError } from '@signal/contracts';
import type { z } from 'zod';
import { detailsOf } from './problem.ts';

const countProblems = (parameters: URLSearchParams, known: ReadonlySet<string>): readonly ErrorDetail[] =>
  [...new Set(parameters.keys())].flatMap((name) => {
    if (!known.has(name)) return [{ pointer: name, detail: 'unknown parameter' }];
    return parameters.getAll(name).length > 1 ? [{ pointer: name, detail: 'repeated parameter' }] : [];
  });

/** Returns the parsed query of a URL, or throws `query_invalid` that names each unknown, repeated or wrong parameter. */
export function parseQuery<Schema extends z.ZodObject>(url: string, schema: Schema): z.output<Schema> {
  const at = url.indexOf('?');
  const text = at < 0 ? '' : url.slice(at + 1);
  const parameters = new URLSearchParams(text);
  const counted = countProblems(parameters, new Set(Object.keys(schema.shape)));
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  const errors = [...counted, ...(parsed.success ? [] : detailsOf(parsed.error, 'parameter'))];
  const first = errors[0];
  if (first !== undefined) throw new SignalError('query_invalid', `${first.pointer}: ${first.detail}`, { errors });
  return parsed.data as z.output<Schema>;
}
