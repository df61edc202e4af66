import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { greekColumns, greekNames, optionId, optionStatuses, type Signal } from '@signal/contracts';
import type { MarkedLetter } from '@signal/bus';
import { findBrowser, startBrowser, until } from '@signal/testing';
import type { Letters } from '../data/letters.ts';
import type { History, StoredBar } from '../data/history.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

const path = findBrowser();
const START_MS = Date.parse('2018-12-31T14:30:00.000Z');
const EXPIRY = '2019-01-18';

const bars: readonly StoredBar[] = Array.from({ length: 60 }, (_, k) => ({
  tsMs: START_MS + k * 60_000,
  bar: {
    ts: new Date(START_MS + k * 60_000).toISOString(),
    open: 2500 + k,
    high: 2502 + k,
    low: 2499 + k,
    close: 2501 + k,
    volume: 1,
    final: true,
    source: 'bridged',
  },
}));
const history: History = {
  bars: async () => bars,
  readings: async (_range, expressions) =>
    bars.map(({ tsMs }, k) => ({
      tsMs,
      session: undefined,
      values: Object.fromEntries(
        expressions.map((one) => [one.canonical, Object.fromEntries(one.outputs.map((output) => [output, k < 14 ? null : k]))]),
      ),
    })),
  signals: async () => [],
};

const leg = (strike: number, right: 'C' | 'P', isPriced: boolean) => ({
  instrument: optionId({ underlying: 'INDEX:SPX', expiry: EXPIRY, strike, right }),
  label: 'ATM',
  status: isPriced ? 'ok' : 'no_quote',
  bid: isPriced ? 40 : null,
  ask: isPriced ? 41 : null,
  openInterest: 1234,
  volume: 5,
  ...Object.fromEntries(greekNames.slice(0, 5).map((name) => [name, isPriced ? 0.5 : null])),
});
const chain = (seq: number, spot: number): Signal => ({
  instrument: 'INDEX:SPX',
  expression: 'chain',
  expiry: EXPIRY,
  seq,
  tsMs: START_MS + seq,
  final: true,
  data: {
    underlying: 'INDEX:SPX',
    expiry: EXPIRY,
    expiries: [EXPIRY],
    spot,
    forward: spot,
    atmStrike: 2500,
    atmIv: 0.21,
    asOfMs: START_MS,
    strikes: [2490, 2500, 2510].map((strike) => ({
      strike,
      iv: 0.2,
      ivSide: 'C',
      call: leg(strike, 'C', true),
      put: leg(strike, 'P', strike !== 2510),
    })),
  },
});
const head = {
  underlying: 'INDEX:SPX',
  expiry: EXPIRY,
  expiresMs: START_MS + 1e9,
  seq: 1,
  tsMs: START_MS,
  strikes: [],
  columns: greekColumns,
  spot: 1,
  forward: 1,
  statuses: optionStatuses,
};

const letter: MarkedLetter = {
  service: 'ingest',
  partition: 54,
  id: `${START_MS}-0`,
  topic: 'inbox:{60}:54',
  entryId: '7-0',
  index: 0,
  code: 'schema',
  // Anybody may write into an inbox: what is shown of it must stay text.
  error: '<img src=x onerror="document.title=1">',
  attempts: 1,
  record: {},
  replayed: undefined,
};
const letters: Letters = {
  list: async () => ({ letters: [letter], next: undefined }),
  read: async () => letter,
  replay: () => Promise.reject(new RangeError('the page replays nothing')),
  discard: () => Promise.reject(new RangeError('the page discards nothing')),
};

let gateway: MemoryGateway;
beforeAll(async () => {
  gateway = await startMemoryGateway({ history, letters });
  gateway.market.quote('INDEX:SPX', { tsMs: START_MS, last: 2500, lastSize: 1 });
  gateway.market.set('greeks', 'INDEX:SPX', [`slice|INDEX:SPX|${EXPIRY}|head`, JSON.stringify(head)]);
  gateway.market.signal('chains', chain(1, 2501));
});
afterAll(() => gateway.stop());

/** Opens the page, collects what the browser complains of, and closes it all at the end. */
const withPage = async (
  work: (page: Awaited<ReturnType<Awaited<ReturnType<typeof startBrowser>>['newPage']>>) => Promise<void>,
): Promise<readonly string[]> => {
  const browser = await startBrowser(path ?? '');
  const complaints: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1700 }, colorScheme: 'dark' });
    page.on('console', (message) => (message.type() === 'error' ? complaints.push(message.text()) : undefined));
    page.on('pageerror', (error) => complaints.push(error.message));
    await work(page);

    return complaints;
  } finally {
    await browser.close();
  }
};

const describeWithBrowser = path === undefined ? describe.skip : describe;

describeWithBrowser('the dashboard', () => {
  it('shows chart, chain and fleet of a token in the address, which it hides, and breaks no policy', async () => {
    const token = await gateway.token({ roles: ['admin', 'user'] });
    const complaints = await withPage(async (page) => {
      await page.goto(`${gateway.url}/#token=${token}`);
      await page.waitForSelector('#chart-card[data-state="ready"]');
      await page.waitForSelector('#chain-card[data-state="ready"]');
      await page.waitForSelector('#fleet-card[data-state="ready"]');
      expect(page.url()).not.toMatch('token');
      expect(await page.locator('#chart canvas').count()).toBeGreaterThan(3);
      expect(await page.locator('#legend li').allTextContents()).toEqual(
        ['rsi(14) rsi 59.00', 'macd(12,26,9) 59.00', 'macd(12,26,9) macdsignal 59.00', 'macd(12,26,9) macdhist 59.00'].map((text) =>
          text.replace('rsi(14) rsi', 'rsi(14)'),
        ),
      );
      expect(await page.locator('#chart-source').textContent()).toBe('Recorded daily prices, synthetic intraday path.');
      expect(await page.locator('#chain tbody tr.atm .strike').textContent()).toBe('2,500');
      expect(await page.locator('#chain tbody tr').last().locator('.status').textContent()).toBe('no quote');
      expect(await page.locator('#members tbody tr').first().textContent()).toMatch('indicator-1');
      await page.waitForSelector('#letters-card[data-state="ready"]');
      expect(await page.locator('#letters tbody td').allTextContents()).toEqual([
        '2018-12-31 14:30:00',
        'ingest',
        'inbox:{60}:54 7-0[0]',
        'schema',
        letter.error,
        '',
      ]);
      await page.waitForSelector('body[data-connection="live"]');
      await until(() => gateway.tailed.size >= 3, { what: 'the page subscribes' });
      gateway.market.signal('chains', chain(2, 2511.5));
      const fields = new Map([['json', Buffer.from(JSON.stringify([chain(2, 2511.5)]))]]);
      const [partition = ''] = [...gateway.tailed].filter((name) => name.startsWith('chains:')).map((name) => name.split(':')[1]);
      gateway.listeners().onEntry({ topic: 'chains', partition: Number(partition), id: '2-0', prev: '1-0', fields });
      await until(async () => (await page.locator('#chain-summary').textContent())?.includes('2,511.50'), { what: 'the chain follows the socket' });
      if (process.env['SIGNAL_SCREENSHOT'] !== undefined) await page.screenshot({ path: process.env['SIGNAL_SCREENSHOT'], fullPage: true });
    });
    expect(complaints).toEqual([]);
  });

  it('asks for a token, says when one is refused, and keeps none', async () => {
    await withPage(async (page) => {
      await page.goto(gateway.url);
      await page.fill('#token', 'nonsense');
      await page.click('#sign-in button');
      await until(async () => (await page.locator('#sign-in-error').textContent())?.includes('refused'), { what: 'the refusal is shown' });
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
      expect(await page.locator('main').isVisible()).toBe(false);
    });
  });
});
