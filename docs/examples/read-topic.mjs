// Reads a topic of a running fleet with any Redis client, as a consumer group that trimming waits for, and notices what it missed.
//   node deploy/toolchain/run.mjs docs/examples/read-topic.mjs indicators 54
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { Redis } = createRequire(new URL('../../libs/bus/package.json', import.meta.url))('ioredis');
const [topic, partition] = process.argv.slice(2);
const { url, token, redisUrl } = JSON.parse(readFileSync('.data/run.json', 'utf8'));
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const wish = { topic, group: 'example', retentionBudgetMs: 3_600_000 };
const registered = await fetch(`${url}/api/v2/admin/consumers`, { method: 'POST', headers, body: JSON.stringify(wish) });
process.stdout.write(`${await registered.text()}\n`);
const { topics } = await (await fetch(`${url}/api/v2/topics`, { headers })).json();
const key = topics.find(({ name }) => name === topic).keys[Number(partition)];
const redis = new Redis(redisUrl);
const group = (await redis.xinfo('GROUPS', key)).find((row) => row.includes('example'));
let last = group[group.indexOf('last-delivered-id') + 1];
for (;;) {
  const reply = await redis.call('xreadgroup', 'GROUP', 'example', 'reader', 'COUNT', 100, 'BLOCK', 5_000, 'STREAMS', key, '>');
  for (const [id, fields] of reply?.[0]?.[1] ?? []) {
    const prev = fields[fields.indexOf('prev') + 1];
    if (prev !== last) process.stdout.write(`missed what came after ${last}, up to ${prev}\n`);
    process.stdout.write(`${id} ${fields[fields.indexOf('json') + 1]}\n`);
    last = id;
    await redis.xack(key, 'example', id);
  }
}
