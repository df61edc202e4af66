import { SignalError } from '@signal/contracts';

/** Services of which there may be several members. The gateway has the one fixed port, the config service its one folder. */
export const scalable = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive'] as const;
/** A service that can be scaled. */
export type ScalableService = (typeof scalable)[number];

/** Members per service; 1 where nothing is said. */
export type Scale = ReadonlyMap<ScalableService, number>;

const MAX_MEMBERS = 16;

/** Returns the members of `indicator=2,greeks=2`, or throws `usage`. */
export function parseScale(text: string): Scale {
  const scale = new Map<ScalableService, number>();
  for (const item of text === '' ? [] : text.split(',')) {
    const [name = '', count = ''] = item.split('=');
    const service = scalable.find((candidate) => candidate === name);
    const members = /^\d{1,3}$/.test(count) ? Number(count) : 0;
    if (service === undefined || members < 1 || members > MAX_MEMBERS || item.split('=').length !== 2)
      throw new SignalError('usage', `--scale has "${item}", and takes SERVICE=N with one of ${scalable.join(', ')} and 1 to ${MAX_MEMBERS}`);
    if (scale.has(service)) throw new SignalError('usage', `--scale names ${service} twice`);
    scale.set(service, members);
  }
  return scale;
}
