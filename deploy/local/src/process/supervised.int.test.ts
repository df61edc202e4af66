import { describe, expect, it } from '@jest/globals';
import { SignalError } from '@signal/contracts';
import { until } from '@signal/testing';
import type { Gone } from './child.ts';
import type { Running } from './running.ts';
import { Supervised } from './supervised.ts';

/** A process that starts as often as it is told to, and dies on demand. */
const createFake = (startsThatFail: (attempt: number) => boolean, code: 'backend_failed' | 'exhausted' = 'backend_failed') => {
  const said: string[] = [];
  const gaveUp: SignalError[] = [];
  let attempts = 0;
  let die: (gone: Gone) => void = () => undefined;
  let changes = 0;
  const start = async (): Promise<Running> => {
    attempts += 1;
    if (startsThatFail(attempts)) throw new SignalError(code, `child ended with exit code 1 before it was ready (attempt ${attempts})`);
    const gone = Promise.withResolvers<Gone>();
    die = gone.resolve;
    const stop = async (): Promise<boolean> => {
      gone.resolve({ how: 'ended with exit code 0', isExhausted: false });
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
    die: (how: string) => die({ how, isExhausted: false }),
    exhaust: () => die({ how: 'used up a budget and drained', isExhausted: true }),
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

  it('starts at once what has used up a budget, also before the fleet is ready, and says so', async () => {
    const fake = createFake(() => false);
    await fake.process.start();
    fake.exhaust();
    await until(() => fake.changes() === 2, { what: 'the second start' });
    expect([fake.said, fake.gaveUp]).toEqual([['child used up a budget and drained; starting it again at once', 'child is back as process 2'], []]);
    await fake.process.stop();
  });

  it('does not count a used-up budget as a death, but waits longer when it comes again and again', async () => {
    const fake = createFake((attempt) => attempt > 1 && attempt < 8, 'exhausted');
    await fake.process.start();
    fake.process.allowRestarts();
    fake.exhaust();
    await until(() => fake.attempts() >= 6, { what: 'the sixth start' });
    expect(fake.gaveUp).toEqual([]);
    expect(fake.said.slice(0, 5).map((line) => /again (.*)$/.exec(line)?.[1])).toEqual(['at once', 'in 0.2 s', 'in 0.4 s', 'in 0.8 s', 'in 1.6 s']);
    await fake.process.stop();
  });
});
