/** Variables of the launcher's own environment that it reads. */
export type LauncherEnv = Readonly<{
  PATH?: string | undefined;
  HOME?: string | undefined;
  NODE_V8_COVERAGE?: string | undefined;
  REDIS_URL?: string | undefined;
  DATABASE_URL?: string | undefined;
  S3_URL?: string | undefined;
  ENVIRONMENT?: string | undefined;
  CONFIG_SERVICE_URL?: string | undefined;
  CONFIG_SERVICE_API_KEY?: string | undefined;
}>;

/** Name of the environment whose settings the launcher writes. */
export const LOCAL_ENVIRONMENT = 'local';

/** Returns what a child of ours inherits: enough to run programs, nothing that configures it. */
export function inherited(env: LauncherEnv): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'NODE_V8_COVERAGE'] as const;
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
