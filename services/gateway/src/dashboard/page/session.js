const NAME = 'signal-token';

/** Takes a token out of `#token=…`, so that it stands in no history and no screenshot of the address. */
export function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  sessionStorage.setItem(NAME, token);
  history.replaceState(null, '', location.pathname);
}

/** Returns the token of this tab, or null. */
export function readToken() {
  return sessionStorage.getItem(NAME);
}

/** Keeps the token for this tab alone. */
export function keepToken(token) {
  sessionStorage.setItem(NAME, token);
}

/** Forgets the token. */
export function forgetToken() {
  sessionStorage.removeItem(NAME);
}
