import { describe, expect, it } from '@jest/globals';
import { runRounds } from './samples.ts';

describe('the rounds', () => {
  it('take steps in turn, count none of the first round, and keep each sample by its name', async () => {
    const order: string[] = [];
    let counted = 0;
    const step = (name: string) => async () => {
      order.push(name);
      counted += 1;
      return { [name]: counted };
    };
    const samples = await runRounds(2, { ours: step('ours'), rival: step('rival') }, () => undefined);
    expect(order).toEqual(['ours', 'rival', 'ours', 'rival', 'ours', 'rival']);
    expect(samples.of('ours')).toEqual([3, 5]);
    expect(samples.of('rival')).toEqual([4, 6]);
    expect(samples.has('other')).toBe(false);
    expect(() => samples.of('other')).toThrow(/no step measured "other"/);
  });
});
