import { describe, expect, it } from '@jest/globals';
import { expiriesOf } from './expiries.ts';

const of = (date: string): string[] => expiriesOf(date).map(({ expiry }) => expiry);

describe('expiriesOf', () => {
  it('lists the next four Fridays and the next three third Fridays', () => {
    expect(of('2018-12-31')).toEqual(['2019-01-04', '2019-01-11', '2019-01-18', '2019-01-25', '2019-02-15', '2019-03-15']);
    expect(of('2018-12-17')).toEqual(['2018-12-21', '2018-12-28', '2019-01-04', '2019-01-11', '2019-01-18', '2019-02-15']);
  });

  it('still lists what expires today', () => {
    expect(of('2018-12-28')[0]).toBe('2018-12-28');
    expect(of('2018-12-29')[0]).toBe('2019-01-04');
  });

  it('gives way to the trading day before when the Friday has no session', () => {
    expect(of('2018-03-26')[0]).toBe('2018-03-29');
    expect(of('2018-03-29')[0]).toBe('2018-03-29');
    expect(of('2014-04-14')).toContain('2014-04-17');
  });

  it('expires at the close of the session, early on a half day', () => {
    expect(expiriesOf('2018-11-19')[0]).toEqual({ expiry: '2018-11-23', expiresMs: Date.parse('2018-11-23T18:00Z') });
  });
});
