import { describe, expect, it } from '@jest/globals';
import { rootFolder } from '@signal/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countStep, longSteps } from './steps.ts';

const counts = /^(\d+) passed, (\d+) failed$/m;

describe('a step of the long run', () => {
  it('counts what its closing line says', () => {
    expect(countStep({ counts }, { output: 'PASS a\n12 passed, 0 failed\n', exitCode: 0 })).toEqual({ passed: 12, failed: 0 });
    expect(countStep({ counts }, { output: '12 passed, 3 failed\n', exitCode: 1 })).toEqual({ passed: 12, failed: 3 });
  });

  it('has failed when it ends badly, whatever it says', () => {
    expect(countStep({ counts }, { output: '12 passed, 0 failed\n', exitCode: 1 })).toEqual({ passed: 12, failed: 1 });
    expect(countStep({ counts }, { output: '', exitCode: 0 })).toEqual({ passed: 0, failed: 1 });
    expect(countStep({}, { output: '', exitCode: 1 })).toEqual({ passed: 0, failed: 1 });
    expect(countStep({}, { output: '', exitCode: 0 })).toEqual({ passed: 1, failed: 0 });
  });

  it('is a program that exists', () => {
    expect(longSteps.filter(({ words: [file = ''] }) => !existsSync(join(rootFolder(), file)))).toEqual([]);
  });
});
