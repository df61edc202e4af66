import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { seededChoice } from '../seeded.ts';
import { type Meddling, openLink } from './redis-link.ts';

/** Where the proxy leads, and how many of a thousand writes it meddles with. */
export type ProxyOptions = Readonly<{ redisUrl: string; seed: number; perMille: Readonly<Record<Exclude<Meddling, 'nothing'>, number>> }>;

/** What the proxy says: its port first, and its counts whenever it is sent anything. */
export type ProxyMessage = Readonly<{ port: number } | { counts: Readonly<Record<Meddling, number>> }>;

const { redisUrl, seed, perMille } = JSON.parse(process.argv[2] ?? '{}') as ProxyOptions;
const { hostname, port } = new URL(redisUrl);
const draw = seededChoice(seed);
const counts = { nothing: 0, duplicate: 0, delay: 0, 'lose-reply': 0 };

const meddle = (): Meddling => {
  let drawn = draw(1_000);
  for (const what of ['duplicate', 'delay', 'lose-reply'] as const) {
    drawn -= perMille[what];
    if (drawn < 0) return what;
  }
  return 'nothing';
};
const noted = (what: Meddling): void => {
  counts[what] += 1;
};

const server = createServer({ noDelay: true }, (client) => openLink(client, { host: hostname, port: Number(port), meddle, noted }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => process.send?.({ counts } satisfies ProxyMessage));
process.on('disconnect', () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port } satisfies ProxyMessage);
