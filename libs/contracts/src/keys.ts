import { slotTags, tagOf } from './partitions.ts';

/** Topics of the fleet: Redis Streams, one per partition. */
export const topics = ['market', 'inbox', 'bars', 'indicators', 'greeks', 'chains', 'scripts', 'alerts'] as const;
/** A topic's name. */
export type Topic = (typeof topics)[number];

/** Topics that any Redis client may read. */
export const publicTopics = ['bars', 'indicators', 'chains', 'greeks'] as const satisfies readonly Topic[];

/** Services that own partitions; each has its own lease, position and consumer group per partition. */
export type PartitionedService = 'ingest' | 'indicator' | 'greeks' | 'script-runner' | 'archive';

/** Names of all Redis keys, for one namespace (empty = none). Keys of one partition share its slot's hash tag. */
export interface Keys {
  readonly namespace: string;
  /** Stream of a topic: `indicators:{60}:54`. */
  topic(topic: Topic, partition: number): string;
  /** Hash of the newest value per key of a topic, set in the commit that publishes it. */
  latest(topic: Topic, partition: number): string;
  /** Hash of a service's committed position: cursor, control state, last output ids. */
  position(service: string, partition: number): string;
  /** Hash of a service's lease: member, nonce, epoch, untilMs. */
  lease(service: string, partition: number): string;
  /** Hash of a service's newest snapshot: position, version, checksum, bytes. */
  snapshot(service: string, partition: number): string;
  /** Hash of the snapshot before the newest, should that turn out to be damaged. */
  previousSnapshot(service: string, partition: number): string;
  /** Stream of a service's dead letters. */
  dead(service: string, partition: number): string;
  /** Hash of what became of a service's dead letters: entry id → when and by whom replayed, and how many were discarded. */
  letterMarks(service: string, partition: number): string;
  /** Hash reader → lowest market sequence it still needs; the trim follows its minimum. */
  needed(partition: number): string;
  /** Hash reader → how long it has kept the trim waiting, and whether it was dropped from it. */
  readers(partition: number): string;
  /** Hash consumer id → topic, group and budget of an external consumer that was registered. */
  consumers(partition: number): string;
  /** Counter of a slot's generation, which rises when the log was rolled back. */
  generation(slot: number): string;
  /** Sorted set of a service's live members by heartbeat (server time). */
  members(service: string): string;
  /** Hash member → JSON description (pid, url, startedAt). */
  memberInfo(service: string): string;
  /** Channel on which a released partition is announced. */
  released(service: string): string;
  /** Hash of a service's leadership (a lease) and its plan of who should own what. */
  plan(service: string): string;
  /** Hash of what operators and idle members ask of a service's leader. */
  requests(service: string): string;
  /** Hash partition → JSON: what it costs the service, as its owner measures it. */
  load(service: string): string;
  /** Part of a job queue; all parts of a tag (the queue, or one of its shards) lie in one slot of their own. */
  jobs(tag: string, part: string): string;
  /** Any other key of the deployment, in no particular slot. */
  global(name: string): string;
}

/** Returns the key names of a namespace. */
export function createKeys(namespace = ''): Keys {
  const prefix = namespace === '' ? '' : `${namespace}:`;
  const inSlot = (head: string, partition: number, tail = ''): string => `${prefix}${head}:{${tagOf(partition)}}:${tail}${partition}`;
  return {
    namespace,
    topic: (topic, partition) => inSlot(topic, partition),
    latest: (topic, partition) => inSlot(`latest:${topic}`, partition),
    position: (service, partition) => inSlot('pos', partition, `${service}:`),
    lease: (service, partition) => inSlot('lease', partition, `${service}:`),
    snapshot: (service, partition) => inSlot('snapshot', partition, `${service}:`),
    previousSnapshot: (service, partition) => inSlot('snapshot-previous', partition, `${service}:`),
    dead: (service, partition) => inSlot('dead', partition, `${service}:`),
    letterMarks: (service, partition) => inSlot('letter-marks', partition, `${service}:`),
    needed: (partition) => inSlot('needed', partition),
    readers: (partition) => inSlot('readers', partition),
    consumers: (partition) => inSlot('consumers', partition),
    generation: (slot) => `${prefix}gen:{${slotTags[slot] ?? ''}}`,
    members: (service) => `${prefix}members:${service}`,
    memberInfo: (service) => `${prefix}member-info:${service}`,
    released: (service) => `${prefix}released:${service}`,
    plan: (service) => `${prefix}plan:${service}`,
    requests: (service) => `${prefix}requests:${service}`,
    load: (service) => `${prefix}load:${service}`,
    jobs: (tag, part) => `${prefix}jobs:{${tag}}:${part}`,
    global: (name) => `${prefix}${name}`,
  };
}
