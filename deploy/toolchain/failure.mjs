/** A failure that a newcomer can act on: the message is the one sentence they read, and no stack follows it. */
export class Failure extends Error {}

/** Writes a progress line. Stdout stays clean for what a command prints. */
export function say(text) {
  process.stderr.write(`toolchain: ${text}\n`);
}
