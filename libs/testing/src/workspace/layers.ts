/**
 * Which of our packages a package may use outside its tests. Change this table only with an ADR.
 * Services meet in contracts and never import each other.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  '@signal/contracts': [],
  '@signal/market': ['@signal/contracts'],
  '@signal/indicators': ['@signal/contracts'],
  '@signal/options': ['@signal/contracts'],
  '@signal/kernel': ['@signal/contracts'],
  '@signal/bus': ['@signal/contracts', '@signal/kernel'],
  '@signal/store': ['@signal/contracts', '@signal/kernel'],
  '@signal/testing': [
    '@signal/bus',
    '@signal/contracts',
    '@signal/indicators',
    '@signal/kernel',
    '@signal/market',
    '@signal/options',
    '@signal/store',
  ],
  '@signal/ingest-service': ['@signal/bus', '@signal/contracts', '@signal/kernel', '@signal/market', '@signal/options', '@signal/store'],
  '@signal/indicator-service': ['@signal/bus', '@signal/contracts', '@signal/indicators', '@signal/kernel', '@signal/store'],
  '@signal/greeks-service': ['@signal/bus', '@signal/contracts', '@signal/kernel', '@signal/market', '@signal/options', '@signal/store'],
  '@signal/script-runner-service': ['@signal/bus', '@signal/contracts', '@signal/indicators', '@signal/kernel', '@signal/store'],
  '@signal/archive-service': ['@signal/bus', '@signal/contracts', '@signal/kernel', '@signal/store'],
  '@signal/config-service': ['@signal/contracts', '@signal/kernel'],
  '@signal/gateway-service': ['@signal/bus', '@signal/contracts', '@signal/indicators', '@signal/kernel', '@signal/market', '@signal/store'],
  '@signal/local': ['@signal/bus', '@signal/contracts', '@signal/kernel', '@signal/store'],
  '@signal/tests': [
    '@signal/bus',
    '@signal/contracts',
    '@signal/indicators',
    '@signal/kernel',
    '@signal/market',
    '@signal/options',
    '@signal/store',
    '@signal/testing',
  ],
};
