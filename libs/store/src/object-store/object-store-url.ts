import { SignalError } from '@signal/contracts';

/** Where an object store is, and what opens it. */
export type ObjectStoreAddress = Readonly<{
  host: string;
  port: number;
  isTls: boolean;
  accessKey: string;
  secretKey: string;
  bucket: string;
  region: string;
}>;

const DEFAULT_REGION = 'us-east-1';
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u;

/** Returns the parts of `http[s]://KEY:SECRET@host[:port]/bucket[?region=…]`, or throws `setting_invalid`, which never names the secret. */
export function parseObjectStoreUrl(text: string): ObjectStoreAddress {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new SignalError('setting_invalid', 'the object store URL must read http[s]://KEY:SECRET@host:port/bucket');
  const bucket = url.pathname.replace(/^\/|\/$/gu, '');
  if (!BUCKET.test(bucket))
    throw new SignalError('setting_invalid', `the bucket of the object store URL is "${bucket}", and must be 3 to 63 of a-z, 0-9, . and -`);
  if (url.username === '' || url.password === '') throw new SignalError('setting_invalid', `the object store URL of ${url.host} names no KEY:SECRET`);
  const isTls = url.protocol === 'https:';
  return {
    host: url.hostname.replace(/^\[|\]$/gu, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    isTls,
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
    bucket,
    region: url.searchParams.get('region') ?? DEFAULT_REGION,
  };
}
