import { apiBodies, type ApiBodyName, errorTable } from '@signal/contracts';
import { z } from 'zod';
import { priorities } from '../shedding/admission.ts';
import { classOfPath, PRIORITY_HEADER } from '../shedding/class-of.ts';
import type { Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const schemaRef = (name: ApiBodyName): Json => ({ $ref: `#/components/schemas/${name}` });

const bodySchemas = (): Json => {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(apiBodies)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, unrepresentable: 'any' });
  // Ids and dialects of single schemas are noise inside a document that declares both itself.
  return Object.fromEntries(Object.entries(schemas).map(([name, { $id: _id, $schema: _dialect, ...rest }]) => [name, rest]));
};

const queryParameters = (query: z.ZodObject): readonly Json[] => {
  const { properties = {} } = z.toJSONSchema(query, { unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !z.safeParse(query.shape[name] as z.ZodType, undefined).success,
    schema,
  }));
};

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({ name: match[1], in: 'path', required: true, schema: { type: 'string' } }));

// A client may only lower the class of its request, so the lower ones are all that it can ask for.
const priorityParameter = (path: string): readonly Json[] => {
  const own = classOfPath(path);
  if (own === undefined) return [];
  return [
    {
      name: PRIORITY_HEADER,
      in: 'header',
      required: false,
      description: `Class in which the request is shed under load: ${own}, or a lower one. A higher one than ${own} has no effect.`,
      schema: { type: 'string', enum: [...priorities], default: own },
    },
  ];
};

const problem = (codes: readonly string[]): Json => ({
  description: codes.join(', '),
  content: { 'application/problem+json': { schema: schemaRef('Problem') } },
});

const errorCodes = (route: Route): readonly (keyof typeof errorTable)[] => {
  const identity = route.access === 'public' ? [] : (['token_missing', 'token_invalid', 'token_expired', 'role_missing', 'rate_limited'] as const);
  const body = route.body === undefined ? [] : (['json_invalid', 'body_invalid', 'body_too_large', 'media_type_unsupported'] as const);
  const shedding = classOfPath(route.path) === undefined ? [] : (['header_invalid', 'overloaded'] as const);
  return [
    ...new Set([...route.errors, ...identity, ...body, ...shedding, 'query_invalid', 'method_not_allowed', 'not_acceptable', 'unavailable'] as const),
  ];
};

const success = ({ response, status = 200, summary, mediaTypes = ['application/json'] }: Route): Json => {
  if (response === undefined) return { 204: { description: summary } };
  const content = mediaTypes.map((type) => [type, type === 'application/json' ? { schema: schemaRef(response) } : { schema: { type: 'string' } }]);
  return { [String(status)]: { description: summary, content: Object.fromEntries(content) } };
};

const responses = (route: Route): Json => {
  const byStatus = Map.groupBy(errorCodes(route), (code) => String(errorTable[code].status));
  return {
    ...success(route),
    ...Object.fromEntries([...byStatus].map(([status, codes]) => [status, problem(codes)])),
  };
};

const operation = (route: Route): Json => ({
  operationId: route.id,
  summary: route.summary,
  tags: [route.path.split('/')[3] ?? 'system'],
  parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...priorityParameter(route.path)],
  ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schemaRef(route.body.name) } } } }),
  responses: responses(route),
  security: route.access === 'public' ? [] : route.access === 'optional' ? [{}, { bearer: [] }] : [{ bearer: [] }],
});

/** Returns the OpenAPI 3.1 document of the route table. */
export function openApiOf(routes: readonly Route[], url: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route);
  return {
    openapi: '3.1.0',
    info: { title: 'Signal Service', version: '2.0.0', description: 'Bars, indicators, greeks and script signals. WebSocket at /api/v2/websocket.' },
    servers: [{ url }],
    paths,
    components: {
      schemas: bodySchemas(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}
