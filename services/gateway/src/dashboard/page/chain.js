import { read } from './api.js';
import { element, fixed, instant, percent, showState, whole } from './format.js';

const greeks = [
  ['Δ', 'delta', (value) => fixed(value, 3)],
  ['Γ', 'gamma', (value) => fixed(value, 4)],
  ['Θ', 'theta', (value) => fixed(value, 2)],
  ['Vega', 'vega', (value) => fixed(value, 2)],
];
const market = [
  ['OI', 'openInterest', whole],
  ['Vol', 'volume', whole],
  ['Bid', 'bid', (value) => fixed(value)],
  ['Ask', 'ask', (value) => fixed(value)],
];
const statusWords = {
  no_quote: 'no quote',
  at_intrinsic: 'at intrinsic',
  below_intrinsic: 'below intrinsic',
  above_max: 'above maximum',
  ill_conditioned: 'ill-conditioned',
  invalid: 'invalid',
  expired: 'expired',
  stale_quote: 'stale quote',
  stale_underlying: 'stale underlying',
  no_convergence: 'no convergence',
};

const cell = (text, className = '') => element('td', { text, className: text === '–' ? `${className} none` : className });

/** Returns the cells of one side; where there are no greeks their status stands in their place. */
const sideCells = (leg, { isCall, isIn }) => {
  const className = isIn ? 'in' : '';
  const quotes = market.map(([, name, format]) => cell(format(leg[name]), className));
  const isPriced = greeks.some(([, name]) => typeof leg[name] === 'number');
  const priced = greeks.map(([, name, format]) => cell(format(leg[name]), className));
  const status = element('td', { text: statusWords[leg.status] ?? leg.status, className: `status ${className}` });
  status.colSpan = greeks.length;
  const values = isPriced ? priced : [status];
  return isCall ? [...quotes, ...values] : [...values, ...quotes.toReversed()];
};

const rowOf = ({ strike, iv, call, put }, { atmStrike, spot }) => {
  const row = element('tr', { className: strike === atmStrike ? 'atm' : '' });
  const middle = element('td', { className: 'strike', text: whole(strike), title: `implied volatility ${percent(iv)}` });
  row.append(...sideCells(call, { isCall: true, isIn: strike < spot }), middle, ...sideCells(put, { isCall: false, isIn: strike > spot }));
  return row;
};

/** Returns the chain panel of the page: calls left, puts right, live by the socket. */
export function createChainPanel(card, live) {
  const body = card.querySelector('tbody');
  const summary = card.querySelector('#chain-summary');
  const expiry = card.querySelector('#expiry');
  const strikes = card.querySelector('#strikes');
  let undo = () => undefined;
  let underlying = '';
  let shown = 0;

  const titles = [...market, ...greeks].map(([title]) => title);
  const mirrored = [...greeks, ...market.toReversed()].map(([title]) => title);
  card.querySelector('#chain-columns').append(
    ...titles.map((text) => element('th', { text })),
    element('th', { text: 'Strike' }),
    ...mirrored.map((text) => element('th', { text })),
  );

  const render = (chain) => {
    body.replaceChildren(...chain.strikes.map((row) => rowOf(row, chain)));
    summary.textContent = `spot ${fixed(chain.spot)} · forward ${fixed(chain.forward)} · ATM volatility ${percent(chain.atmIv)} · ${instant(chain.asOfMs)}`;
    showState(card, 'ready');
  };

  const showExpiries = (chain) => {
    const names = chain.expiries.includes(chain.expiry) ? chain.expiries : [chain.expiry, ...chain.expiries];
    expiry.replaceChildren(
      ...names.map((name) => {
        const option = element('option', { text: name });
        option.selected = name === chain.expiry;
        return option;
      }),
    );
  };

  const follow = (chain) => {
    undo = live.subscribe(
      `chain:${chain.underlying}:${chain.expiry}:ATM~${strikes.value}`,
      (message) => {
        if (message.type === 'snapshot' || message.type === 'update') render(message.data);
        if (message.type === 'stale' && (card.dataset.state === 'ready' || card.dataset.state === 'stale')) showState(card, message.stale ? 'stale' : 'ready');
        if (message.type === 'refused') showState(card, 'error', message.problem.detail);
      },
      4,
    );
  };

  const load = async (named) => {
    shown += 1;
    const mine = shown;
    undo();
    undo = () => undefined;
    body.replaceChildren();
    summary.textContent = '';
    showState(card, 'loading', `Loading the chain of ${underlying} …`);
    try {
      const chain = await read(`/api/v2/realtime/chains/${underlying}`, { strikes: `ATM~${strikes.value}`, ...(named === undefined ? {} : { expiry: named }) });
      if (mine !== shown) return;
      showExpiries(chain);
      render(chain);
      follow(chain);
    } catch (problem) {
      if (mine !== shown) return;
      expiry.replaceChildren();
      showState(card, problem.status === 404 ? 'empty' : 'error', problem.status === 404 ? `${underlying} has no option chain.` : problem.message);
    }
  };

  expiry.addEventListener('change', () => load(expiry.value));
  strikes.addEventListener('change', () => load(expiry.value === '' ? undefined : expiry.value));
  return {
    show(instrument) {
      underlying = instrument;
      return load();
    },
    clear: () => undo(),
  };
}
