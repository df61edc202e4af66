const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const scramble = (word: number): number => {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
};

const tailWord = (bytes: Uint8Array, from: number): number => {
  let word = 0;
  for (let i = bytes.length - 1; i >= from; i--) word = (word << 8) | (bytes[i] ?? 0);
  return word;
};

/**
 * Returns the unsigned 32-bit MurmurHash3 (x86_32) of the UTF-8 bytes of `text`.
 * Source: Austin Appleby, smhasher, MurmurHash3.cpp. It places instruments on partitions, so it must never change.
 */
export function murmur3(text: string, seed = 0): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let h = seed;
  for (let i = 0; i < whole; i += 4) {
    h ^= scramble(view.getUint32(i, true));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  if (whole < bytes.length) h ^= scramble(tailWord(bytes, whole));
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
