import { type ErrorCode, errorTable, SignalError } from '@signal/contracts';
import { readRunInfo } from '../data/run-file.ts';

/** A running fleet's door, as a command uses it. */
export interface GatewayClient {
  /** Returns the body of the answer, undefined for one without; throws the problem that was answered, by its code. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string): Promise<unknown>;
}

const TIMEOUT_MS = 10_000;

/** Where the fleet is: `url` and `token`, or what the `run.json` of a data folder says for whichever is empty. */
export type GatewayPlace = Readonly<{ url: string; token: string; data: string }>;

/** Returns a client of the fleet. Throws `unavailable` when none runs in the data folder, `usage` when the url is none. */
export function gatewayClient({ url, token, data }: GatewayPlace): GatewayClient {
  const place = url !== '' && token !== '' ? { url, token } : readRunInfo(data);
  const base = baseOf(url === '' ? place.url : url);
  const bearer = token === '' ? place.token : token;
  return {
    call: async (method, path) => {
      const response = await ask(new URL(path, base), { method, headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' } });
      const text = await response.text();
      const body = text === '' ? undefined : (JSON.parse(text) as unknown);
      if (!response.ok) throw problemOf(body, response.status);
      return body;
    },
  };
}

function baseOf(url: string): URL {
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url);
  throw new SignalError('usage', `--url is "${url}", and must be the address of a gateway like http://127.0.0.1:8080`);
}

async function ask(url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new SignalError('unavailable', `${url.origin} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function problemOf(body: unknown, status: number): SignalError {
  const { code = '', detail = `the gateway answered ${status}` } = (body ?? {}) as Readonly<{ code?: string; detail?: string }>;
  return new SignalError(code in errorTable ? (code as ErrorCode) : 'unavailable', detail);
}
