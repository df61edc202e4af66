import { SignalError } from '@signal/contracts';
import http from 'node:http';
import https from 'node:https';
import { Client } from 'minio';
import type { ObjectStoreAddress } from './object-store-url.ts';

/** No byte for this long ends a request, so that none is left behind by a call that was given up. */
const IDLE_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 16;
/** An object is written by one PUT, which every server makes visible whole or not at all; a multipart upload is not needed. */
export const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

type Transport = Pick<typeof http, 'request'>;

const withIdleTimeout = (transport: Transport): Transport => ({
  request: ((options: http.RequestOptions, onResponse?: (response: http.IncomingMessage) => void) => {
    const request = transport.request(options, onResponse);
    request.setTimeout(IDLE_TIMEOUT_MS, () => {
      request.destroy(new SignalError('deadline_exceeded', `the object store sent nothing for ${IDLE_TIMEOUT_MS} ms`));
    });
    return request;
  }) as typeof http.request,
});

/** Returns a client of the store at an address, and the agent that owns its sockets. */
export function createClient(address: ObjectStoreAddress): Readonly<{ client: Client; agent: http.Agent }> {
  const { isTls } = address;
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = isTls ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  const client = new Client({
    endPoint: address.host,
    port: address.port,
    useSSL: isTls,
    accessKey: address.accessKey,
    secretKey: address.secretKey,
    region: address.region,
    pathStyle: true,
    partSize: MAX_OBJECT_BYTES,
    transport: withIdleTimeout(isTls ? https : http),
    transportAgent: agent,
    // Who calls decides whether to try again: the client would do it behind the breaker, and print.
    retryOptions: { disableRetry: true },
  });
  return { client, agent };
}
