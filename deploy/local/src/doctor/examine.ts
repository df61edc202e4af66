import { DEFAULT_PARTITIONS, SignalError } from '@signal/contracts';
import { readBootstrap } from '@signal/kernel';
import { readRunInfo } from '../data/run-file.ts';
import { type ConfigAddress, getSettings } from '../fleet/config-client.ts';
import { gatewayClient } from '../letters/gateway-client.ts';
import { checkIds, fail, type Finding, pass, reasonOf } from './finding.ts';
import { lookAtObjectStore, lookAtPostgres, lookAtRedis } from './look-at-backends.ts';
import { lookAtFleet, lookAtFleetInRedis, lookAtHealth } from './look-at-fleet.ts';

/** Which fleet to look at: one behind a gateway, the one of a data folder, or the one of the three variables. */
export type Patient =
  | Readonly<{ kind: 'gateway'; url: string; token: string }>
  | Readonly<{ kind: 'folder'; data: string }>
  | Readonly<{ kind: 'environment'; env: NodeJS.ProcessEnv }>;

const TIMEOUT_MS = 5_000;
const DEFAULT_LEASE_TTL_MS = 2_000;

const lookAtBackends = async (urls: Readonly<{ redisUrl: string; databaseUrl: string; s3Url: string }>): Promise<readonly Finding[]> =>
  (await Promise.all([lookAtRedis(urls.redisUrl), lookAtPostgres(urls.databaseUrl), lookAtObjectStore(urls.s3Url)])).flat();

const examineFolder = async (data: string): Promise<readonly Finding[]> => {
  const { configServiceUrl, token, url, ...urls } = readRunInfo(data);
  const config = await fetch(new URL('/livez', configServiceUrl), { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    () => pass('config.reachable', 'it answers'),
    (error: unknown) => fail('config.reachable', `the config service does not answer: ${reasonOf(error)}`, 'start it'),
  );
  const [backends, fleet] = await Promise.all([lookAtBackends(urls), lookAtFleet(gatewayClient({ url, token, data }))]);
  return [config, ...backends, ...fleet];
};

const examineEnvironment = async (env: NodeJS.ProcessEnv): Promise<readonly Finding[]> => {
  const bootstrap = readBootstrap(env);
  const address: ConfigAddress = {
    url: bootstrap.CONFIG_SERVICE_URL,
    apiKey: bootstrap.CONFIG_SERVICE_API_KEY,
    environment: bootstrap.ENVIRONMENT,
  };
  const settings = await Promise.all([getSettings(address, 'archive'), getSettings(address, 'gateway')]).catch((error: unknown) => reasonOf(error));
  if (typeof settings === 'string') {
    const advice = 'start it, or correct CONFIG_SERVICE_URL and its key';
    return checkIds.map((id) => fail(id, `the config service does not answer, and nothing is known without it: ${settings}`, advice));
  }
  const texts: Readonly<Record<string, string | undefined>> = { ...settings[0], ...settings[1] };
  const { REDIS_URL: redisUrl = '', DATABASE_URL: databaseUrl = '', S3_URL: s3Url = '', SIGNAL_NAMESPACE: namespace = '' } = texts;
  const partitions = Number(texts['PARTITIONS'] ?? DEFAULT_PARTITIONS);
  const leaseTtlMs = Number(texts['LEASE_TTL_MS'] ?? DEFAULT_LEASE_TTL_MS);
  const fleet = lookAtFleetInRedis({ redisUrl, namespace, partitions, leaseTtlMs });
  return [pass('config.reachable', 'it answers'), ...(await lookAtBackends({ redisUrl, databaseUrl, s3Url })), ...(await fleet)];
};

/** Looks at a fleet and what it stands on; every check has one finding. Throws `unavailable` when there is no fleet to look at. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const found = await examineOne(patient);
  return checkIds.map((id) => {
    const finding = found.find((one) => one.id === id);
    if (finding === undefined) throw new SignalError('unavailable', `nobody looked at ${id}`);
    return finding;
  });
}

async function examineOne(patient: Patient): Promise<readonly Finding[]> {
  switch (patient.kind) {
    case 'gateway':
      return [...(await lookAtHealth(patient.url)), ...(await lookAtFleet(gatewayClient({ ...patient, data: '.data' })))];
    case 'folder':
      return examineFolder(patient.data);
    case 'environment':
      return examineEnvironment(patient.env);
  }
}
