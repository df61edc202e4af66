import type { RawEntry } from '@signal/bus';
import { createHash } from 'node:crypto';

/** When an entry was flushed is the one field that two runs may differ in; the entry before it is looked at by itself. */
const notCompared: ReadonlySet<string> = new Set(['w', 'prev']);
const FIRST_CAPACITY = 1_024;

const digestOf = (fields: RawEntry['fields']): bigint => {
  const hash = createHash('md5');
  for (const [name, value] of fields) {
    if (notCompared.has(name)) continue;
    hash.update(name);
    hash.update(value);
  }
  return hash.digest().readBigUInt64LE();
};

/** All entries of one topic in the order in which they were read. A run has millions: 32 bytes each, by column. */
export class LoggedEntries {
  #ids = [new Float64Array(FIRST_CAPACITY), new Float64Array(FIRST_CAPACITY)] as const;
  #digests = new BigUint64Array(FIRST_CAPACITY);
  #count = 0;
  /** Entries that do not name the one that was read before them. */
  readonly gaps: string[] = [];

  get count(): number {
    return this.#count;
  }

  add({ id, fields }: RawEntry): void {
    const prev = String(fields.get('prev'));
    if (prev !== this.lastId()) this.gaps.push(`${id} follows ${prev}, and ${this.lastId()} was read last`);
    this.#grow();
    const [main = '0', chunk = '0'] = id.split('-');
    this.#ids[0][this.#count] = Number(main);
    this.#ids[1][this.#count] = Number(chunk);
    this.#digests[this.#count] = digestOf(fields);
    this.#count += 1;
  }

  idAt(index: number): string {
    return `${this.#ids[0][index] ?? 0}-${this.#ids[1][index] ?? 0}`;
  }

  digestAt(index: number): bigint {
    return this.#digests[index] ?? 0n;
  }

  lastId(): string {
    return this.idAt(this.#count - 1);
  }

  #grow(): void {
    if (this.#count < this.#digests.length) return;
    const size = 2 * this.#count;
    const [mains, chunks] = [new Float64Array(size), new Float64Array(size)];
    const digests = new BigUint64Array(size);
    mains.set(this.#ids[0]);
    chunks.set(this.#ids[1]);
    digests.set(this.#digests);
    this.#ids = [mains, chunks];
    this.#digests = digests;
  }
}

/** Every entry of every topic, by key. */
export type RecordedLog = ReadonlyMap<string, LoggedEntries>;
