import { checkServer, openRedis, type RedisClient } from '@signal/bus';
import { createKeys, DEFAULT_PARTITIONS, isSignalError, SignalError } from '@signal/contracts';
import type { DataFolder } from '../data/data-folder.ts';
import { openMarker } from '../data/marker.ts';
import { openSecrets } from '../data/secrets.ts';
import { checkReadable } from '../flags/checks.ts';
import { replaySpan, type StartFlags } from '../flags/start-flags.ts';
import { developmentKey, publicKeys } from '../identity/development-key.ts';
import { developmentKeyPath, exampleScriptPath } from '../paths.ts';
import { checkPort } from '../process/free-port.ts';
import type { Say } from '../progress.ts';
import { lastReadingId } from '../ready/first-reading.ts';
import { type ConfigAddress, getSettings, putSettings } from './config-client.ts';
import { inherited, type LauncherEnv } from './environment.ts';
import type { Fleet } from './fleet.ts';
import { hostsOf } from './hosts-of.ts';
import { memberSpec } from './member.ts';
import { storeExampleScript } from './example-script.ts';
import { planMembers } from './names.ts';
import { type BackendUrls, fleetSettings } from './settings.ts';
import { startBackends } from './start-backends.ts';
import { startConfig } from './start-config.ts';

/** What launching a fleet needs. */
export type LaunchInput = Readonly<{ flags: StartFlags; env: LauncherEnv; folder: DataFolder; fleet: Fleet; say: Say; signal: AbortSignal }>;

/** A launched fleet: every member is up. */
export type Launched = Readonly<{
  url: string;
  urls: BackendUrls;
  config: ConfigAddress;
  internalKey: string;
  namespace: string;
  partitions: number;
  lastReadingId: string;
}>;

/** Launches backends, the config service and the members, in that order, each step as parallel as it can be. */
export async function launchFleet(input: LaunchInput): Promise<Launched> {
  const { env, say, signal } = input;
  const { config, urls } = env.CONFIG_SERVICE_URL === undefined ? await ownConfig(input) : await givenConfig(input);
  signal.throwIfAborted();
  const settings = await getSettings(config, 'gateway');
  const place = { namespace: settings['SIGNAL_NAMESPACE'] ?? '', partitions: Number(settings['PARTITIONS'] ?? DEFAULT_PARTITIONS) };
  const launched: Launched = {
    url: `http://127.0.0.1:${settings['HTTP_PORT'] ?? input.flags.port}`,
    urls,
    config,
    internalKey: settings['INTERNAL_API_KEY'] ?? '',
    ...place,
    lastReadingId: await readBeforeStart(urls.redisUrl, place),
  };
  await startMembers(input, config);
  say('all members are up');
  return launched;
}

async function readBeforeStart(redisUrl: string, { namespace, partitions }: Readonly<{ namespace: string; partitions: number }>): Promise<string> {
  let redis: RedisClient | undefined;
  try {
    redis = await openRedis(redisUrl, { name: 'launcher' });
    await checkServer(redis);
    return await lastReadingId({ redis, keys: createKeys(namespace), partitions });
  } catch (cause) {
    if (isSignalError(cause, 'backend_failed')) throw cause;
    throw new SignalError(
      'redis_failed',
      `redis at ${hostsOf(redisUrl)} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  } finally {
    redis?.disconnect();
  }
}

type Configured = Readonly<{ config: ConfigAddress; urls: BackendUrls }>;

async function ownConfig({ env, flags, fleet, folder, say }: LaunchInput): Promise<Configured> {
  if (flags.feed.kind === 'csv') checkReadable('feed', flags.feed.path);
  await checkPort(flags.port);
  const span = replaySpan(flags);
  const marker = openMarker(folder.path, flags, { from: flags.feed.kind === 'replay' ? span.from : undefined, nowMs: Date.now() });
  const secrets = openSecrets(folder.path);
  const deps = { folder: folder.path, logs: folder.logs, searchPath: env.PATH ?? '', say };
  const [urls, config, key] = await Promise.all([
    startBackends({ fleet, deps, env, secrets, fresh: flags.fresh }),
    startConfig({ fleet, folder: folder.path, logs: folder.logs, secrets, inherited: inherited(env) }),
    developmentKey(developmentKeyPath),
  ]);
  const defaultScripts = flags.feed.kind === 'replay' ? await storeExampleScript(urls.s3Url, exampleScriptPath) : '';
  await putSettings(config, fleetSettings({ flags, marker, secrets, urls, jwks: publicKeys(key), defaultScripts }));
  say('config service: ready');
  return { config, urls };
}

/** The settings of a config service of the user's own are the user's: nothing is written there, and all backends are named there. */
async function givenConfig({ env, say }: LaunchInput): Promise<Configured> {
  const { CONFIG_SERVICE_API_KEY: apiKey, CONFIG_SERVICE_URL: url = '', ENVIRONMENT: environment } = env;
  if (apiKey === undefined || environment === undefined)
    throw new SignalError('setting_missing', 'CONFIG_SERVICE_URL is set, so CONFIG_SERVICE_API_KEY and ENVIRONMENT must be set too');
  const config = { url: url.replace(/\/$/, ''), apiKey, environment };
  const settings = { ...(await getSettings(config, 'archive')), ...(await getSettings(config, 'gateway')) };
  const required = (name: string): string => {
    const text = settings[name];
    if (text === undefined)
      throw new SignalError('setting_missing', `the config service at ${config.url} has no ${name} for the environment ${environment}`);
    return text;
  };
  say(`config service: the given one at ${new URL(url).host}`);
  return { config, urls: { redisUrl: required('REDIS_URL'), databaseUrl: required('DATABASE_URL'), s3Url: required('S3_URL') } };
}

async function startMembers({ env, flags, fleet, folder, say }: LaunchInput, config: ConfigAddress): Promise<void> {
  const members = planMembers(flags.scale);
  const childEnv = { ...inherited(env), ENVIRONMENT: config.environment, CONFIG_SERVICE_URL: config.url, CONFIG_SERVICE_API_KEY: config.apiKey };
  say(`starting ${members.map(({ member }) => member).join(', ')}`);
  const starting = members.map(async ({ member, service }) => {
    await fleet.startMember(service, memberSpec({ service, member, args: ['--member', member] }, { logs: folder.logs, env: childEnv }));
    say(`${member}: up`);
  });
  await Promise.all(starting);
}
