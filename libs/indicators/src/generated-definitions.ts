// Written by npm run gen:catalogue. Do not edit.
import { cdlEngulfing } from './candles/cdl-engulfing.ts';
import { macd } from './momentum/macd.ts';
import { rsi } from './momentum/rsi.ts';
import { sma } from './overlap/sma.ts';
import { atr } from './volatility/atr.ts';
import { bbands } from './volatility/bbands.ts';
import type { Definition } from './definition.ts';

/** Version of the arithmetic: it changes with any definition or kernel, and slots of another version cannot be read. */
export const catalogueVersion = '5d39cbfa01de6267';

/** All definitions in the order of their ids. */
export const definitions: readonly Definition[] = [atr, bbands, cdlEngulfing, macd, rsi, sma];
