import { describe, expect, it } from '@jest/globals';
import { SignalError } from '@signal/contracts';
import { until } from '@signal/testing';
import type { Running } from './running.ts';
import { Supervised } from './supervised.ts';

/** A process that starts as often as it is told to, and dies on demand. */
const createFake = (startsThatFail: (attempt: number) => boolean) => {
  const said: string[] = [];
  const gaveUp: SignalError[] = [];
  let attempts = 0;
  let die: (how: string) => void = () => undefined;
  let changes = 0;
  const start = async (): Promise<Running> => {
    attempts += 1;
    if (startsThatFail(attempts)) throw new SignalError('backend_failed', `child ended with exit code 1 before it was ready (attempt ${attempts})`);
    const gone = Promise.withResolvers<string>();
    die = gone.resolve;
    const stop = async (): Promise<boolean> => {
      gone.resolve('ended with exit code 0');
      return true;
    };
    return { pid: attempts, url: `http://child/${attempts}`, gone: gone.promise, stop };
  };
  const events = {
    say: (line: string) => void said.push(line),
    changed: () => void (changes += 1),
    gaveUp: (error: SignalError) => void gaveUp.push(error),
  };
  return {
    process: new Supervised({ name: 'child', start }, events),
    said,
    gaveUp,
    attempts: () => attempts,
    changes: () => changes,
    die: (how: string) => die(how),
  };
};

describe('Supervised', () => {
  it('ends the start when the child dies before the fleet is ready', async () => {
    const fake = createFake(() => false);
    await fake.process.start();
    fake.die('was ended by SIGKILL');
    await until(() => fake.gaveUp.length > 0, { what: 'giving up' });
    expect([fake.gaveUp[0]?.message, fake.attempts()]).toEqual(['child was ended by SIGKILL before the fleet was ready', 1]);
  });

  it('starts a dead child again and says so', async () => {
    const fake = createFake(() => false);
    await fake.process.start();
    fake.process.allowRestarts();
    fake.die('was ended by SIGKILL');
    await until(() => fake.changes() === 2, { what: 'the second start' });
    expect([fake.process.pid, fake.process.url, fake.said]).toEqual([
      2,
      'http://child/2',
      ['child was ended by SIGKILL; starting it again in 0.1 s', 'child is back as process 2'],
    ]);
    await fake.process.stop();
    expect(fake.attempts()).toBe(2);
  });

  it('gives up after five deaths in a row without being ready in between', async () => {
    const fake = createFake((attempt) => attempt > 1);
    await fake.process.start();
    fake.process.allowRestarts();
    fake.die('ended with exit code 1');
    await until(() => fake.gaveUp.length > 0, { what: 'giving up' });
    expect(fake.attempts()).toBe(5);
    expect(fake.said.map((line) => /again in (.*) s/.exec(line)?.[1])).toEqual(['0.1', '0.2', '0.4', '0.8']);
    expect(fake.gaveUp[0]?.message).toContain('child died 5 times in a row');
  });

  it('counts anew once the child was ready', async () => {
    const fake = createFake((attempt) => attempt === 2 || attempt === 3);
    await fake.process.start();
    fake.process.allowRestarts();
    fake.die('ended with exit code 1');
    await until(() => fake.changes() === 2, { what: 'the child is back' });
    fake.die('ended with exit code 1');
    await until(() => fake.changes() === 3, { what: 'the child is back again' });
    expect([fake.gaveUp, fake.said.at(-2)]).toEqual([[], 'child ended with exit code 1; starting it again in 0.1 s']);
    await fake.process.stop();
  });

  it('leaves dead what dies while the fleet is stopping', async () => {
    const fake = createFake(() => false);
    await fake.process.start();
    fake.process.allowRestarts();
    fake.process.leaveDead();
    fake.die('ended with exit code 1');
    await fake.process.stop();
    expect([fake.attempts(), fake.said, fake.gaveUp]).toEqual([1, [], []]);
  });

  it('does not start again what is being stopped', async () => {
    const fake = createFake(() => false);
    await fake.process.start();
    fake.process.allowRestarts();
    fake.die('ended with exit code 1');
    await fake.process.stop();
    expect([fake.attempts(), fake.gaveUp]).toEqual([1, []]);
  });
});
