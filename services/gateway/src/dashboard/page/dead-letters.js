import { read } from './api.js';
import { element, showState } from './format.js';

const EVERY_MS = 10_000;
const SHOWN = 20;

const rowOf = (letter) => {
  const row = element('tr');
  const state = letter.replayed === null ? '' : `replayed by ${letter.replayed.by}`;
  const at = `${letter.topic} ${letter.entryId}${letter.index < 0 ? '' : `[${letter.index}]`}`;
  row.append(
    element('td', { text: letter.ts.slice(0, 19).replace('T', ' ') }),
    element('td', { text: letter.service }),
    element('td', { text: at }),
    element('td', { text: letter.code }),
    element('td', { text: letter.error, className: 'reason', title: `${letter.id}\n${JSON.stringify(letter.record)}` }),
    element('td', { text: state }),
  );
  return row;
};

/** Returns the panel of dead letters: the newest ones, asked for every ten seconds. */
export function createDeadLetterPanel(card) {
  const body = card.querySelector('tbody');
  const summary = card.querySelector('.summary');
  let timer;
  let ended = false;

  const render = ({ data, page }) => {
    body.replaceChildren(...data.map(rowOf));
    summary.textContent = data.length === 0 ? '' : `${page.hasMore ? 'newest ' : ''}${data.length}`;
    showState(card, data.length === 0 ? 'empty' : 'ready', data.length === 0 ? 'Every record was taken.' : '');
  };

  const refresh = async () => {
    try {
      const letters = await read('/api/v2/admin/dead-letters', { limit: String(SHOWN) });
      if (!ended) render(letters);
    } catch (problem) {
      if (ended) return;
      if (problem.status === 403) {
        showState(card, 'empty', 'Dead letters are shown to operators and admins.');
        return;
      }
      if (card.dataset.state === 'ready') showState(card, 'stale');
      else if (card.dataset.state !== 'stale') showState(card, 'error', problem.message);
    }
    if (!ended) timer = setTimeout(refresh, EVERY_MS);
  };

  return {
    start() {
      ended = false;
      showState(card, 'loading', 'Asking for dead letters …');
      return refresh();
    },
    stop() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
