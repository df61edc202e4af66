/** Where Redis is: one server by its URL or socket, or a cluster by some of its nodes. */
export type RedisAddress =
  | Readonly<{ kind: 'one'; url: string }>
  | Readonly<{
      kind: 'cluster';
      nodes: readonly Readonly<{ host: string; port: number }>[];
      username: string | undefined;
      password: string | undefined;
      tls: boolean;
    }>;

const DEFAULT_PORT = 6379;

/**
 * Returns what a text says of Redis, or undefined when it says nothing: the absolute path of a unix socket, a redis:// or rediss:// URL,
 * or such a URL with several hosts between commas, which names a cluster.
 */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (text.startsWith('/')) return { kind: 'one', url: text };
  const parts = /^(rediss?):\/\/([^/?#]*@)?([^/?#]*)(\/?)$/.exec(text);
  const [, scheme = '', credentials = '', hosts = ''] = parts ?? [];
  if (!hosts.includes(',')) return isRedisUrl(text) ? { kind: 'one', url: text } : undefined;
  const urls = hosts.split(',').map((host) => `${scheme}://${credentials}${host}/`);
  if (!urls.every((url) => isRedisUrl(url) && new URL(url).hostname !== '')) return undefined;
  const parsed = urls.map((url) => new URL(url));
  const secretOf = (part: 'username' | 'password'): string | undefined => decodeURIComponent(parsed[0]?.[part] ?? '') || undefined;
  return {
    kind: 'cluster',
    nodes: parsed.map(({ hostname, port }) => ({ host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port || DEFAULT_PORT) })),
    username: secretOf('username'),
    password: secretOf('password'),
    tls: scheme === 'rediss',
  };
}

const isRedisUrl = (text: string): boolean => URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol);
