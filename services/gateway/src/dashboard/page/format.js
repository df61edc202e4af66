const dash = '–';

/** Returns a number with fixed digits; a missing one is a dash. */
export function fixed(value, digits = 2) {
  return typeof value === 'number' ? value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }) : dash;
}

/** Returns a whole number with separators. */
export function whole(value) {
  return typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : dash;
}

/** Returns a share as percent. */
export function percent(value, digits = 1) {
  return typeof value === 'number' ? `${(value * 100).toFixed(digits)} %` : dash;
}

/** Returns market time in UTC. */
export function instant(tMs) {
  return `${new Date(tMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Returns an element with text and classes. */
export function element(name, { text, className, title } = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  if (title !== undefined) made.title = title;
  return made;
}

/** Shows a card's state: loading, empty, error (each with words), stale or ready. */
export function showState(card, state, words = '') {
  card.dataset.state = state;
  card.querySelector('.message').textContent = words;
}
