import { sizeCaps } from './cap-sizes.ts';
import { copyNumbers, createCollector } from './collector.ts';
import { denyCodeFromText, freezeLanguage, hardenGlobals, installClock } from './harden-globals.ts';
import { pushBar, viewHistory } from './history.ts';
import { createIndicators } from './indicators.ts';
import { createRandom, createRuntime, messageOf, resolveParams } from './runtime.ts';

const parts = [
  ...[hardenGlobals, denyCodeFromText, installClock, freezeLanguage, ...sizeCaps],
  ...[copyNumbers, createCollector, viewHistory, pushBar, createIndicators, createRandom, resolveParams, messageOf, createRuntime],
];

/** Body of the function that prepares a fresh isolate and returns its runtime. `$0` asks the host for an indicator. */
export const isolateSource = `'use strict';
${parts.map(String).join('\n')}
const ask = $0;
hardenGlobals();
denyCodeFromText();
capSizes();
const setClock = installClock();
const runtime = createRuntime((expression) => String(ask(String(expression))), setClock);
freezeLanguage();
return runtime;`;

/** Source of the module that scripts import as '@signal/sdk'. */
export const sdkSource = 'export const defineSignal = (definition) => definition;';
