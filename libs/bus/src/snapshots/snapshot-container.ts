import { createHash } from 'node:crypto';
import { SignalError } from '@signal/contracts';

/** Whose state a container holds, of which version, and after which entry. */
export type SnapshotIdentity = Readonly<{ service: string; version: string; partition: number; n: number }>;

/** Named pieces of bytes; a fold's state is the section `state`. */
export type Sections = ReadonlyMap<string, Uint8Array>;

/** What a container was found to hold. */
export type Container = Readonly<{ identity: SnapshotIdentity; sections: Sections }>;

const MAGIC = 'SGSN';
const FORMAT = 1;
const FORMAT_AT = 4;
const HEADER_BYTES_AT = 6;
const HEADER_AT = 10;
const SHA256_BYTES = 32;

type Header = SnapshotIdentity & Readonly<{ sections: readonly (readonly [name: string, bytes: number])[] }>;

const digestOf = (parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const incompatible = (what: string): SignalError => new SignalError('snapshot_incompatible', what);

/**
 * Returns sections as one piece of bytes that proves itself: `SGSN`, the format (uint16), the header's length (uint32) and the header as
 * JSON (identity and section table), the sections one after the other, and the SHA-256 of all that. Numbers are little-endian.
 */
export function encodeContainer(identity: SnapshotIdentity, sections: Sections): Buffer {
  const { service, version, partition, n } = identity;
  const table = [...sections].map(([name, bytes]) => [name, bytes.byteLength] as const);
  const header = Buffer.from(JSON.stringify({ service, version, partition, n, sections: table } satisfies Header));
  const start = Buffer.alloc(HEADER_AT);
  start.write(MAGIC, 'latin1');
  start.writeUInt16LE(FORMAT, FORMAT_AT);
  start.writeUInt32LE(header.length, HEADER_BYTES_AT);
  const parts = [start, header, ...sections.values()];
  return Buffer.concat([...parts, digestOf(parts)]);
}

const checkedContent = (bytes: Buffer): Buffer => {
  if (bytes.length < HEADER_AT + SHA256_BYTES) throw incompatible(`it has ${bytes.length} bytes, less than an empty snapshot`);
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw incompatible('it does not begin like a snapshot');
  const format = bytes.readUInt16LE(FORMAT_AT);
  if (format !== FORMAT) throw incompatible(`its format is ${format}, and ${FORMAT} is known`);
  const content = bytes.subarray(0, bytes.length - SHA256_BYTES);
  if (!digestOf([content]).equals(bytes.subarray(content.length))) throw incompatible('its checksum differs');
  return content;
};

/** Returns what a container holds, or throws `snapshot_incompatible` when it is cut off, altered, or no container at all. */
export function decodeContainer(bytes: Uint8Array): Container {
  const content = checkedContent(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  let at = HEADER_AT + content.readUInt32LE(HEADER_BYTES_AT);
  const { sections: table, ...identity } = JSON.parse(content.toString('utf8', HEADER_AT, at)) as Header;
  const sections = new Map<string, Uint8Array>();
  for (const [name, length] of table) {
    sections.set(name, content.subarray(at, at + length));
    at += length;
  }
  if (at !== content.length) throw incompatible(`its table names ${at} bytes, and it has ${content.length}`);
  return { identity, sections };
}
