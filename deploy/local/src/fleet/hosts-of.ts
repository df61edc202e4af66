/** Returns the hosts that an address names, several between commas, without the secrets that stand before them. */
export function hostsOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? url;
}
