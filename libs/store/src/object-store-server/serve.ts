import { mkdir, open, rename } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';

/**
 * The embedded object store, a process of its own: `serve.ts DIR PORT`, with `{"accessKey", "secretKey"}` as the first
 * line of its standard input. It writes `{"port"}` or `{"error"}` to its standard output, and ends when its input ends,
 * so that it never outlives whoever started it.
 */
type Keys = Readonly<{ accessKey: string; secretKey: string }>;
type PutContent = (path: string, content: unknown) => Promise<readonly [bytes: number, md5: string]>;
type S3rver = { store: { putContent: PutContent }; callback(): RequestListener };
type S3rverClass = new (options: Readonly<Record<string, unknown>>) => S3rver;
type Account = { createKeyPair(accessKey: string, secretKey: string): void; revokeAccessKey(accessKey: string): void };

const require = createRequire(import.meta.url);
const WELL_KNOWN_KEY = 'S3RVER';
const HOST = '127.0.0.1';
/** Our clients keep their connections; a put that meets one just closed would end in ECONNRESET. */
const KEEP_ALIVE_TIMEOUT_MS = 600_000;

const say = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** The package writes in place and to the cache; an object must be on disk and whole before it is seen. */
function makeWritesAtomic(server: S3rver): void {
  const write = server.store.putContent.bind(server.store);
  server.store.putContent = async (target, content) => {
    const part = `${target}.${crypto.randomUUID()}.part`;
    const written = await write(part, content);
    const file = await open(part, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(part, target);
    return written;
  };
}

/** The package lets requests without a signature through; this door does not, nor paths that climb. */
function isRefused(request: IncomingMessage): boolean {
  const url = request.url ?? '/';
  const isSigned = request.headers.authorization !== undefined || url.includes('X-Amz-Signature=');
  return !isSigned || /(^|\/|%2f)(\.|%2e){2}(\/|%2f|$|\?)/iu.test(url);
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'application/xml' });
  response.end('<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
}

async function serve(directory: string, port: number, keys: Keys): Promise<void> {
  const S3rver = require('@20minutes/s3rver') as S3rverClass;
  const { DUMMY_ACCOUNT: account } = require('@20minutes/s3rver/lib/models/account.js') as { DUMMY_ACCOUNT: Account };
  account.createKeyPair(keys.accessKey, keys.secretKey);
  account.revokeAccessKey(WELL_KNOWN_KEY);
  await mkdir(directory, { recursive: true });
  const store = new S3rver({ address: HOST, silent: true, directory, vhostBuckets: false });
  makeWritesAtomic(store);
  const answer = store.callback();
  const server = createServer((request, response) => (isRefused(request) ? refuse(response) : answer(request, response)));
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.on('error', (error) => {
    say({ error: 'code' in error ? error.code : error.message });
    process.exitCode = 1;
    process.stdin.destroy();
  });
  server.listen(port, HOST, () => say({ port: (server.address() as AddressInfo).port }));
  const stop = (): void => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.stdin.once('end', stop);
  process.once('SIGTERM', stop);
}

process.once('SIGINT', () => undefined);
process.stdin.once('data', (line: Buffer) => void serve(String(process.argv[2]), Number(process.argv[3]), JSON.parse(String(line)) as Keys));
