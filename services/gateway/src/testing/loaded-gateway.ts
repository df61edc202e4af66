import { startMemoryGateway } from './memory-gateway.ts';

/** What a loaded gateway says of itself: `node loaded-gateway.ts` prints it in one line and serves until it is killed. */
export type LoadedGateway = Readonly<{ url: string; token: string; operator: string }>;

/** What one page of history costs the processor: 80 a second are all that the process can serve. */
const BURN_MS = 12;

const burn = (): void => {
  const untilMs = performance.now() + BURN_MS;
  while (performance.now() < untilMs);
};

const gateway = await startMemoryGateway({
  rateLimit: 100_000,
  history: {
    bars: async () => {
      burn();
      return [];
    },
    readings: async () => [],
    signals: async () => [],
  },
});
gateway.market.quote('INDEX:SPX', { tsMs: 1_546_285_800_000, last: 2500, lastSize: 1 });
const says: LoadedGateway = { url: gateway.url, token: await gateway.token(), operator: await gateway.token({ roles: ['operator'] }) };
process.stdout.write(`${JSON.stringify(says)}\n`);
