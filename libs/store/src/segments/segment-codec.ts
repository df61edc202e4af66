import { SignalError } from '@signal/contracts';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

/** An entry of a stream, verbatim: its id and its fields in their order. */
export type SegmentEntry = Readonly<{ id: string; fields: ReadonlyMap<string, Uint8Array> }>;

/** A decoded entry: its values are slices of one buffer. */
export type DecodedEntry = Readonly<{ id: string; fields: ReadonlyMap<string, Buffer> }>;

/**
 * Wire form before compression: `SEG1`, then per entry its id, the number of its fields and each name and value; a text or
 * value is its length (u32, little-endian) and its bytes. The whole is one zstd frame with a checksum.
 */
const MAGIC = Buffer.from('SEG1');
const LEVEL = 6;
const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };
/** A bound against a corrupt frame that claims to be huge. */
const MAX_RAW_BYTES = 1024 * 1024 * 1024;

// Tens of megabytes take a second: they are worked on outside the event loop, which has leases to renew.
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const u32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const sized = (bytes: Uint8Array): Uint8Array[] => [u32(bytes.byteLength), bytes];

/** Returns the size of an entry in a segment before compression. */
export function segmentEntryBytes(entry: SegmentEntry): number {
  let bytes = 8 + Buffer.byteLength(entry.id);
  for (const [name, value] of entry.fields) bytes += 8 + Buffer.byteLength(name) + value.byteLength;
  return bytes;
}

const rawParts = (entries: readonly SegmentEntry[]): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  for (const { id, fields } of entries) {
    parts.push(...sized(Buffer.from(id)), u32(fields.size));
    for (const [name, value] of fields) parts.push(...sized(Buffer.from(name)), ...sized(value));
  }
  return parts;
};

/** Returns the compressed segment of entries. Equal entries give equal bytes. */
export async function encodeSegment(entries: readonly SegmentEntry[]): Promise<Buffer> {
  return compress(Buffer.concat([MAGIC, ...rawParts(entries)]), { params });
}

/** Returns the compressed segment of the entries of compressed segments and those after them, as if it had been made of all at once. */
export async function joinSegments(segments: readonly Uint8Array[], entries: readonly SegmentEntry[]): Promise<Buffer> {
  const bodies: Buffer[] = [];
  for (const segment of segments) bodies.push((await rawOf(segment)).subarray(MAGIC.length));
  return compress(Buffer.concat([MAGIC, ...bodies, ...rawParts(entries)]), { params });
}

/** Reads sized parts one after another, and says where a segment ends too early. */
function createReader(bytes: Buffer): Readonly<{ isAtEnd: () => boolean; count: () => number; part: () => Buffer }> {
  let at = MAGIC.length;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new SignalError('entry_corrupt', `a segment of ${bytes.length} bytes ends inside an entry at byte ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const count = (): number => take(4).readUInt32LE();
  return { isAtEnd: () => at === bytes.length, count, part: () => take(count()) };
}

async function rawOf(bytes: Uint8Array): Promise<Buffer> {
  const raw = await decompress(bytes, { maxOutputLength: MAX_RAW_BYTES }).catch((cause: unknown) => {
    throw new SignalError('entry_corrupt', `a segment of ${bytes.byteLength} bytes is not a zstd frame: ${String(cause)}`, { cause });
  });
  if (raw.subarray(0, MAGIC.length).equals(MAGIC)) return raw;
  throw new SignalError('entry_corrupt', `a segment begins with ${raw.subarray(0, 4).toString('hex')}, and must with SEG1`);
}

/** Returns the entries of a compressed segment bit for bit, or throws `entry_corrupt`. */
export async function decodeSegment(bytes: Uint8Array): Promise<readonly DecodedEntry[]> {
  const reader = createReader(await rawOf(bytes));
  const entries: DecodedEntry[] = [];
  while (!reader.isAtEnd()) {
    const id = reader.part().toString();
    const fields = new Map<string, Buffer>();
    for (let left = reader.count(); left > 0; left -= 1) fields.set(reader.part().toString(), reader.part());
    entries.push({ id, fields });
  }
  return entries;
}
