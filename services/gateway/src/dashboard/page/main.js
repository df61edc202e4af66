import { read } from './api.js';
import { createChainPanel } from './chain.js';
import { createChartPanel } from './chart.js';
import { createDeadLetterPanel } from './dead-letters.js';
import { createFleetPanel } from './fleet.js';
import { element, instant } from './format.js';
import { createLive } from './live.js';
import { forgetToken, keepToken, readToken, takeTokenFromAddress } from './session.js';

const by = (id) => document.getElementById(id);
const words = {
  'signed-out': 'signed out',
  connecting: 'connecting …',
  live: 'live',
  stale: 'market stands still',
  disconnected: 'disconnected, trying again …',
};

const showConnection = (state) => {
  document.body.dataset.connection = state;
  by('connection').textContent = words[state];
  if (state !== 'disconnected') return;
  for (const card of document.querySelectorAll('[data-state="ready"]')) card.dataset.state = 'stale';
};

const showMarket = (status) => {
  const venue = status.data.find((row) => row.venue === 'INDEX') ?? status.data[0];
  if (venue === undefined) return;
  by('market').textContent =
    `${venue.venue} ${venue.state}${venue.session === null ? '' : `, session ${venue.session}`} · feed ${venue.feed}, ${venue.feedState}`;
  const connection = document.body.dataset.connection;
  if (connection === 'live' || connection === 'stale') showConnection(venue.feedState === 'live' ? 'live' : 'stale');
};

const keepClock = (live) =>
  live.subscribe('market-status', (message) => {
    if (message.type === 'snapshot' || message.type === 'update') showMarket(message.data);
  });

let page;

const signOut = (reason = '') => {
  page?.stop();
  page = undefined;
  forgetToken();
  by('sign-in').hidden = false;
  by('sign-in-error').textContent = reason;
  document.querySelector('main').hidden = true;
  by('sign-out').hidden = true;
  showConnection('signed-out');
};

const fillInstruments = async () => {
  const { instruments } = await read('/api/v2/topics');
  by('instruments').replaceChildren(
    ...instruments.map(({ instrument }) => {
      const option = element('option');
      option.value = instrument;
      return option;
    }),
  );
};

const showClock = async () => {
  try {
    const { marketTimeMs } = await read('/health');
    if (marketTimeMs !== null) by('clock').textContent = instant(marketTimeMs);
  } catch {
    // The header keeps the last time; the pill says that the line is down.
  }
};

const open = () => {
  const live = createLive((state, reason) =>
    state === 'refused' ? signOut(`The token was refused: ${reason || 'invalid'}.`) : showConnection(state),
  );
  const chart = createChartPanel(by('chart-card'), live);
  const chain = createChainPanel(by('chain-card'), live);
  const fleet = createFleetPanel(by('fleet-card'));
  const letters = createDeadLetterPanel(by('letters-card'));
  const show = () => {
    const instrument = by('instrument').value.trim().toUpperCase();
    void chart.show({ instrument, interval: by('interval').value, indicators: by('indicators').value.trim() });
    void chain.show(instrument);
  };
  const onSubmit = (event) => {
    event.preventDefault();
    show();
  };
  by('chart-form').addEventListener('submit', onSubmit);
  by('interval').addEventListener('change', show);
  const clock = setInterval(showClock, 2_000);
  live.start();
  keepClock(live);
  void showClock();
  void fillInstruments().catch(() => undefined);
  void fleet.start();
  void letters.start();
  show();
  return {
    stop() {
      clearInterval(clock);
      by('chart-form').removeEventListener('submit', onSubmit);
      by('interval').removeEventListener('change', show);
      fleet.stop();
      letters.stop();
      chart.clear();
      chain.clear();
      live.stop();
    },
  };
};

const signIn = async () => {
  try {
    await read('/api/v2/market-status');
  } catch (problem) {
    if (problem.status === 401) {
      signOut(`The token was refused: ${problem.message}.`);
      return;
    }
  }
  by('sign-in').hidden = true;
  by('sign-in-error').textContent = '';
  by('token').value = '';
  document.querySelector('main').hidden = false;
  by('sign-out').hidden = false;
  page = open();
};

by('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken(by('token').value.trim());
  void signIn();
});
by('sign-out').addEventListener('click', () => signOut());

takeTokenFromAddress();
if (readToken() !== null) void signIn();
