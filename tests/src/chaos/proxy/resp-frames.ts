const CR = 13;
const ASTERISK = 42;
const DOLLAR = 36;

const lineEnd = (bytes: Buffer, from: number): number => {
  const at = bytes.indexOf(CR, from);
  return at === -1 || at + 1 >= bytes.length ? -1 : at + 2;
};

/** Returns where the RESP2 value that begins at `from` ends, or -1 while it is not complete. */
export function frameEnd(bytes: Buffer, from: number): number {
  const body = from < bytes.length ? lineEnd(bytes, from) : -1;
  if (body === -1) return -1;
  const type = bytes[from];
  if (type !== ASTERISK && type !== DOLLAR) return body;
  const count = Number(bytes.toString('latin1', from + 1, body - 2));
  if (type === DOLLAR) {
    if (count < 0) return body;
    return body + count + 2 <= bytes.length ? body + count + 2 : -1;
  }
  let at = body;
  for (let i = 0; i < count && at !== -1; i += 1) at = frameEnd(bytes, at);
  return at;
}

/** Cuts a stream of bytes into RESP2 values, whatever the pieces in which it comes. */
export interface FrameSplitter {
  /** Returns the values that are complete with these bytes. */
  take(bytes: Buffer): readonly Buffer[];
  /** Returns what is left of an incomplete value. */
  rest(): Buffer;
}

/** Returns a splitter at the beginning of a stream. */
export function createFrameSplitter(): FrameSplitter {
  let pending: Buffer = Buffer.alloc(0);
  return {
    take: (bytes) => {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const frames: Buffer[] = [];
      let from = 0;
      for (let end = frameEnd(pending, 0); end !== -1; end = frameEnd(pending, from)) {
        frames.push(pending.subarray(from, end));
        from = end;
      }
      pending = pending.subarray(from);
      return frames;
    },
    rest: () => pending,
  };
}

/** Returns the name of the command in a request, in capitals. */
export function commandOf(request: Buffer): string {
  const name = lineEnd(request, lineEnd(request, 0));
  return name === -1 ? '' : request.toString('latin1', name, Math.max(name, lineEnd(request, name) - 2)).toUpperCase();
}
