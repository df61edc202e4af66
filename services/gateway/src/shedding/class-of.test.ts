import { describe, expect, it } from '@jest/globals';
import { classOf, classOfPath, queueDeadlineMs } from './class-of.ts';

describe('classOfPath', () => {
  it.each([
    ['/livez', undefined],
    ['/readyz', undefined],
    ['/health', 'critical'],
    ['/api/v2/admin/shedding', 'critical'],
    ['/api/v2/alerts/{id}', 'critical'],
    ['/api/v2/realtime/bars/{instrument}', 'critical'],
    ['/api/v2/realtime/ticks', 'critical'],
    ['/api/v2/realtime/greeks/{option}', 'realtime'],
    ['/api/v2/indicators', 'realtime'],
    ['/api/v2/historical/bars/{instrument}', 'historical'],
    ['/api/v2/batch/jobs', 'batch'],
  ])('of %s is %s', (path, priority) => {
    expect(classOfPath(path)).toBe(priority);
  });
});

describe('classOf', () => {
  it('lets a client lower the class of its request, and never raise it', () => {
    expect([classOf('realtime', undefined), classOf('realtime', 'batch'), classOf('historical', 'critical')]).toEqual([
      'realtime',
      'batch',
      'historical',
    ]);
  });

  it('refuses a class that there is not', () => {
    expect(() => classOf('realtime', 'urgent')).toThrow(
      expect.objectContaining({ code: 'header_invalid', message: expect.stringContaining('"urgent"') }),
    );
  });

  it('lets all wait longer but those who ask for what is current', () => {
    expect((['critical', 'realtime', 'historical', 'batch'] as const).map(queueDeadlineMs)).toEqual([1000, 250, 2000, 5000]);
  });
});
