/** Index roots that an OCC name may carry without a venue; SPXW and NDXP are the weekly (PM-settled) roots. */
const indexRoots: Readonly<Record<string, string>> = {
  SPX: 'INDEX:SPX',
  SPXW: 'INDEX:SPX',
  XSP: 'INDEX:XSP',
  NDX: 'INDEX:NDX',
  NDXP: 'INDEX:NDX',
  RUT: 'INDEX:RUT',
  RUTW: 'INDEX:RUT',
  VIX: 'INDEX:VIX',
  VIXW: 'INDEX:VIX',
  DJX: 'INDEX:DJX',
};
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weeklyMonths = '123456789OND';

const occ = /^(?:([A-Z0-9._-]+):)?([A-Z][A-Z0-9.]{0,5}) *(\d{6})([CP])(\d{8})$/;
const nseMonthly = /^(?:NSE:)?([A-Z&]+?)(\d{2})(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d+(?:\.\d+)?)(CE|PE)$/;
const nseWeekly = /^(?:NSE:)?([A-Z&]+?)(\d{2})([1-9OND])(\d{2})(\d+(?:\.\d+)?)(CE|PE)$/;
const nseFuture = /^(?:NSE:)?([A-Z&]+?)(\d{2})(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)FUT$/;
const deribit = /^(?:DERIBIT:)?([A-Z0-9_]+)-(\d{1,2})(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d{2})(?:-(\d+(?:D\d+)?)-([CP]))?$/;
const deribitPerpetual = /^(?:DERIBIT:)?([A-Z0-9_]+)-PERPETUAL$/;

const two = (value: number | string): string => String(value).padStart(2, '0');
const monthNumber = (name: string | undefined): number => months.indexOf(name ?? '') + 1;

/** NSE's monthly contracts end on the month's last Tuesday from September 2025 on, before that on its last Thursday. */
const nseMonthEnd = (year: number, month: number): string => {
  const weekday = year * 100 + month >= 202509 ? 2 : 4;
  const last = new Date(Date.UTC(year, month, 0));
  const back = (last.getUTCDay() - weekday + 7) % 7;
  return `${year}${two(month)}${two(last.getUTCDate() - back)}`;
};

const fromOcc = (name: string, venueOf?: (root: string) => string | undefined): string | undefined => {
  const parts = occ.exec(name);
  if (parts === null) return undefined;
  const [, venue, root = '', date, right, digits] = parts;
  const found = venue === undefined ? (indexRoots[root] ?? prefixed(venueOf?.(root), root)) : `${venue}:${root === 'SPXW' ? 'SPX' : root}`;
  return found === undefined ? undefined : `${found}-20${date}-${Number(digits) / 1000}-${right}`;
};

const prefixed = (venue: string | undefined, root: string): string | undefined => (venue === undefined ? undefined : `${venue}:${root}`);

const fromNse = (name: string): string | undefined => {
  const monthly = nseMonthly.exec(name);
  if (monthly !== null) {
    const [, root, year, month, strike, side] = monthly;
    return `NSE:${root}-${nseMonthEnd(2000 + Number(year), monthNumber(month))}-${Number(strike)}-${side === 'CE' ? 'C' : 'P'}`;
  }
  const weekly = nseWeekly.exec(name);
  if (weekly !== null) {
    const [, root, year, month = '', day, strike, side] = weekly;
    return `NSE:${root}-20${year}${two(weeklyMonths.indexOf(month) + 1)}${day}-${Number(strike)}-${side === 'CE' ? 'C' : 'P'}`;
  }
  const future = nseFuture.exec(name);
  return future === null ? undefined : `NSE:${future[1]}-${nseMonthEnd(2000 + Number(future[2]), monthNumber(future[3]))}-F`;
};

const fromDeribit = (name: string): string | undefined => {
  const perpetual = deribitPerpetual.exec(name);
  if (perpetual !== null) return `DERIBIT:${perpetual[1]}-PERP`;
  const parts = deribit.exec(name);
  if (parts === null) return undefined;
  const [, root, day = '', month, year, strike, right] = parts;
  const date = `20${year}${two(monthNumber(month))}${two(day)}`;
  return strike === undefined ? `DERIBIT:${root}-${date}-F` : `DERIBIT:${root}-${date}-${Number(strike.replace('D', '.'))}-${right}`;
};

/**
 * Returns our spelling of a name written as OCC (`SPXW  181231C02500000`), NSE (`NIFTY26DEC26000PE`, `NIFTY26D2926000PE`)
 * or Deribit (`BTC-27DEC24-60000-C`) write it, or undefined when it is none of them.
 */
export function nativeSpelling(upper: string, venueOf?: (root: string) => string | undefined): string | undefined {
  return fromOcc(upper, venueOf) ?? fromNse(upper) ?? fromDeribit(upper);
}
