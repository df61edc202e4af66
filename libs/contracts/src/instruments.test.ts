import { describe, expect, it } from '@jest/globals';
import { optionId, parseInstrument } from './instruments.ts';

describe('parseInstrument', () => {
  it.each([
    ['INDEX:SPX', { id: 'INDEX:SPX', venue: 'INDEX', symbol: 'SPX', underlying: 'INDEX:SPX', kind: 'spot' }],
    [' binance:btc-usdt ', { id: 'BINANCE:BTC-USDT', venue: 'BINANCE', symbol: 'BTC-USDT', underlying: 'BINANCE:BTC-USDT', kind: 'spot' }],
    ['CME:ES-20261218-F', { kind: 'future', underlying: 'CME:ES', expiry: '2026-12-18' }],
    ['BINANCE:BTC-USDT-PERP', { kind: 'perpetual', underlying: 'BINANCE:BTC-USDT' }],
    ['NASDAQ:GOOG-20261218-150-C', { kind: 'option', underlying: 'NASDAQ:GOOG', expiry: '2026-12-18', strike: 150, right: 'C' }],
    ['NASDAQ:GOOG-20261218-0150.50-P', { id: 'NASDAQ:GOOG-20261218-150.5-P', strike: 150.5, right: 'P' }],
  ])('reads %s', (text, expected) => {
    expect(parseInstrument(text)).toMatchObject(expected);
  });

  it.each([
    ['SPXW  181231C02500000', 'INDEX:SPX-20181231-2500-C'],
    ['SPX190118P02507500', 'INDEX:SPX-20190118-2507.5-P'],
    ['NASDAQ:AAPL190118C00150000', 'NASDAQ:AAPL-20190118-150-C'],
    ['NIFTY26DEC26000PE', 'NSE:NIFTY-20261229-26000-P'],
    ['NIFTY26D2926000PE', 'NSE:NIFTY-20261229-26000-P'],
    ['BANKNIFTY24JAN48000CE', 'NSE:BANKNIFTY-20240125-48000-C'],
    ['NIFTY26DECFUT', 'NSE:NIFTY-20261229-F'],
    ['BTC-27DEC24-60000-C', 'DERIBIT:BTC-20241227-60000-C'],
    ['XRP_USDC-30AUG24-0d625-P', 'DERIBIT:XRP_USDC-20240830-0.625-P'],
    ['BTC-PERPETUAL', 'DERIBIT:BTC-PERP'],
    ['ETH-5JAN24', 'DERIBIT:ETH-20240105-F'],
  ])('takes the native spelling %s as %s', (text, id) => {
    expect(parseInstrument(text).id).toBe(id);
  });

  it('asks the caller for the venue of a bare OCC root', () => {
    expect(parseInstrument('AAPL  190118C00150000', () => 'NASDAQ').id).toBe('NASDAQ:AAPL-20190118-150-C');
    expect(() => parseInstrument('AAPL  190118C00150000')).toThrow('VENUE:SYMBOL');
  });

  it.each([
    '',
    'SPX',
    'INDEX:',
    ':SPX',
    'INDEX:S PX',
    'INDEX:SPX:X',
    'INDEX:SPX-20190230-2500-C',
    'INDEX:SPX-20190118-0-C',
    `A:${'B'.repeat(65)}`,
    'INDEX:ÄPX',
  ])('refuses %j and names it', (text) => {
    expect(() => parseInstrument(text)).toThrow(expect.objectContaining({ code: 'instrument_invalid' }));
  });

  it('gives back its own ids', () => {
    const id = optionId({ underlying: 'INDEX:SPX', expiry: '2019-01-18', strike: 2500, right: 'C' });
    expect(parseInstrument(id).id).toBe(id);
  });
});
