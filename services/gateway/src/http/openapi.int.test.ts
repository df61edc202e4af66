import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

type Document = Readonly<{
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
  components: { schemas: Record<string, unknown> };
}>;

let gateway: MemoryGateway;
let document: Document;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  document = (await (await gateway.get('/openapi.json', { as: '' })).json()) as Document;
});
afterAll(() => gateway.stop());

const refsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner)));
};

describe('the OpenAPI document', () => {
  it('resolves every reference that it makes', () => {
    const refs = new Set(refsIn(document));
    expect(refs.size).toBeGreaterThan(20);
    for (const ref of refs) expect(Object.keys(document.components.schemas)).toContain(ref.replace('#/components/schemas/', ''));
  });

  it('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((operation) => operation.operationId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.openapi).toBe('3.1.0');
  });

  it('has every path that is mounted: each of its operations is answered, by something else than 404 or 405', async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const concrete = path.replaceAll(/\{\w+\}/g, '!');
        const response = await gateway.get(concrete, { method: method.toUpperCase(), as: await gateway.token({ roles: ['viewer'] }) });
        const body = response.status === 404 ? ((await response.json()) as { code: string }).code : undefined;
        expect([path, body === 'not_found' || response.status === 405]).toEqual([path, false]);
      }
    }
  });

  it('documents every status that a route answers with', () => {
    const { responses } = document.paths['/api/v2/realtime/ticks']?.['post'] ?? { responses: {} };
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['202', '400', '401', '403', '409', '413', '415', '422', '429', '503']));
  });
});
