import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';

/** One line of a file, without its end. `text` is undefined when the line is too long, not UTF-8, or holds a NUL. */
export type Line = Readonly<{ number: number; text: string | undefined; shown: string }>;

/** Longest line that is read. */
export const MAX_LINE_BYTES = 64 * 1024;
const SHOWN_BYTES = 200;
const LF = 10;
const BOM = '\uFEFF';

const lineOf = (number: number, bytes: Buffer): Line => {
  const shown = bytes.subarray(0, SHOWN_BYTES).toString('utf8');
  if (bytes.length > MAX_LINE_BYTES || !isUtf8(bytes) || bytes.includes(0)) return { number, text: undefined, shown };
  const text = bytes.toString('utf8');
  return { number, text: (number === 1 && text.startsWith(BOM) ? text.slice(1) : text).trim(), shown };
};

/** Returns the lines of a file one by one, blank ones left out but numbered. No more than a line and a chunk is held. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const line = lineOf(++number, Buffer.concat([held, chunk.subarray(from, end)]));
      held = Buffer.alloc(0);
      from = end + 1;
      if (line.text !== '') yield line;
    }
    // Of a line without end only as much is kept as shows that it is too long.
    held = Buffer.concat([held, chunk.subarray(from)]).subarray(0, MAX_LINE_BYTES + 1);
  }
  if (held.length === 0) return;
  const last = lineOf(number + 1, held);
  if (last.text !== '') yield last;
}
