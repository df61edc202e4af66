import { noteBackends } from '../data/left-behind.ts';
import type { RunningMember } from '../data/run-file.ts';
import type { Say } from '../progress.ts';
import type { Backend } from '../backends/backend.ts';
import { type Spec, Supervised } from '../process/supervised.ts';
import { stopOrder } from './names.ts';

type Kept = Readonly<{ service: string; process: Supervised; holds: string | undefined }>;

/** All processes of this start: backends, the config service, members. It starts, watches and stops them. */
export class Fleet {
  readonly #folder: string;
  readonly #say: Say;
  readonly #kept: Kept[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #changed: () => void = () => undefined;

  constructor(folder: string, say: Say) {
    this.#folder = folder;
    this.#say = say;
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects when a process cannot be kept up. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Starts a backend of our own and returns its address. */
  async startBackend(service: string, backend: Backend): Promise<string> {
    return await this.#start(service, backend.spec, backend.holds);
  }

  /** Starts one of our services and returns its address. */
  async startMember(service: string, spec: Spec): Promise<string> {
    return await this.#start(service, spec, undefined);
  }

  /** The services that run, without backends. */
  members(): readonly RunningMember[] {
    const services = this.#kept.filter((kept) => kept.holds === undefined);
    return services.map(({ process, service }) => ({ service, member: process.name, pid: process.pid, url: process.url }));
  }

  /** From now on a dead process is started again; `changed` is told when one runs under a new pid or address. */
  keepUp(changed: () => void): void {
    this.#changed = changed;
    for (const { process } of this.#kept) process.allowRestarts();
  }

  /** Stops everything: the door and the source, what they feed, the archive, the config service, the backends. */
  async stop(): Promise<void> {
    this.#changed = () => undefined;
    for (const { process } of this.#kept) process.leaveDead();
    for (const services of stopOrder) await this.#stop((kept) => services.some((service) => service === kept.service));
    await this.#stop((kept) => kept.service === 'config');
    await this.#stop((kept) => kept.holds !== undefined);
    noteBackends(this.#folder, []);
  }

  async #start(service: string, spec: Spec, holds: string | undefined): Promise<string> {
    const process = new Supervised(spec, {
      say: this.#say,
      changed: () => this.#onChanged(),
      gaveUp: (error) => this.#failed.reject(error),
    });
    this.#kept.push({ service, process, holds });
    await process.start();
    return process.url;
  }

  async #stop(belongs: (kept: Kept) => boolean): Promise<void> {
    const stopping = this.#kept.filter(belongs).map(async ({ process }) => {
      const byItself = await process.stop();
      if (!byItself) this.#say(`${process.name} did not stop in time and was killed`);
    });
    await Promise.all(stopping);
  }

  #onChanged(): void {
    const backends = this.#kept.flatMap(({ holds, process }) => (holds === undefined ? [] : [{ name: process.name, pid: process.pid, holds }]));
    noteBackends(this.#folder, backends);
    this.#changed();
  }
}
