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

const RETRY_MS = 5_000;

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

const titled = (columns) => columns.map(([text]) => element('th', { text }));

class ChainPanel {
  #card;
  #live;
  #underlying = '';
  #shown = 0;
  #undo = () => undefined;

  constructor(card, live) {
    this.#card = card;
    this.#live = live;
    const middle = element('th', { text: 'Strike', className: 'strike' });
    this.#find('#chain-columns').replaceChildren(...titled(market), ...titled(greeks), middle, ...titled(greeks), ...titled(market.toReversed()));
    this.#find('#expiry').onchange = () => this.#load(this.#find('#expiry').value);
    this.#find('#strikes').onchange = () => this.#load(this.#find('#expiry').value || undefined);
  }

  show(instrument) {
    this.#underlying = instrument;
    return this.#load();
  }

  clear() {
    this.#shown += 1;
    this.#undo();
    this.#undo = () => undefined;
    this.#find('tbody').replaceChildren();
    this.#find('#chain-summary').textContent = '';
  }

  #find(selector) {
    return this.#card.querySelector(selector);
  }

  async #load(expiry) {
    this.clear();
    const mine = this.#shown;
    const strikes = `ATM~${this.#find('#strikes').value}`;
    showState(this.#card, 'loading', `Loading the chain of ${this.#underlying} …`);
    try {
      const chain = await read(`/api/v2/realtime/chains/${this.#underlying}`, { strikes, ...(expiry === undefined ? {} : { expiry }) });
      if (mine !== this.#shown) return;
      this.#showExpiries(chain);
      this.#render(chain);
      this.#undo = this.#live.subscribe(`chain:${chain.underlying}:${chain.expiry}:${strikes}`, (message) => this.#take(message), 4);
    } catch (problem) {
      if (mine === this.#shown) this.#showProblem(problem, expiry);
    }
  }

  #showProblem({ status, message }, expiry) {
    this.#find('#expiry').replaceChildren();
    // A market that has only just begun has no chain yet.
    const timer = setTimeout(() => this.#load(expiry), RETRY_MS);
    this.#undo = () => clearTimeout(timer);
    if (status === 404) showState(this.#card, 'empty', `${this.#underlying} has no option chain.`);
    else showState(this.#card, 'error', message);
  }

  #take(message) {
    const { state } = this.#card.dataset;
    if (message.type === 'snapshot' || message.type === 'update') this.#render(message.data);
    if (message.type === 'stale' && (state === 'ready' || state === 'stale')) showState(this.#card, message.stale ? 'stale' : 'ready');
    if (message.type === 'refused') showState(this.#card, 'error', message.problem.detail);
  }

  #render(chain) {
    this.#find('tbody').replaceChildren(...chain.strikes.map((row) => rowOf(row, chain)));
    const prices = `spot ${fixed(chain.spot)} · forward ${fixed(chain.forward)} · ATM volatility ${percent(chain.atmIv)}`;
    this.#find('#chain-summary').textContent = `${prices} · ${instant(chain.asOfMs)}`;
    showState(this.#card, 'ready');
  }

  #showExpiries({ expiry, expiries }) {
    const names = expiries.includes(expiry) ? expiries : [expiry, ...expiries];
    const options = names.map((text) => element('option', { text }));
    this.#find('#expiry').replaceChildren(...options);
    this.#find('#expiry').value = expiry;
  }
}

/** Returns the chain panel of the page: calls left, puts right, live by the socket. */
export function createChainPanel(card, live) {
  return new ChainPanel(card, live);
}
