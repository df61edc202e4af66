import type { CatalogueEntry, ParameterSpec, ParameterValue } from '../catalogue.ts';
import type { Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { canonical } from './canonical.ts';
import { parameterValue } from './parameter-value.ts';
import type { RawArgument } from './raw-argument.ts';
import type { Token } from './tokens.ts';

/** Arguments in their places: a value for every parameter, and the series that replace the default inputs. */
export type BoundArguments = Readonly<{ params: Readonly<Record<string, ParameterValue>>; sources: readonly Expression[] }>;

type Binding = Readonly<{
  cursor: Cursor;
  entry: CatalogueEntry;
  /** The indicator's name in the text. */
  token: Token;
  raw: readonly RawArgument[];
  resolveWord: (token: Token) => Expression;
}>;

type State = { positional: Map<string, ParameterValue>; named: Map<string, ParameterValue>; sources: Expression[]; namedSource: boolean };

const isSeries = (argument: RawArgument, spec: ParameterSpec | undefined): boolean => {
  if (argument.kind === 'number') return false;
  if (argument.kind === 'expression') return true;
  if (spec?.type === 'matype') return !Object.values(spec.values).includes(argument.token.text);
  return spec?.type !== 'enum' && spec?.type !== 'bool';
};

const addSource = ({ cursor, entry, resolveWord }: Binding, state: State, argument: RawArgument): void => {
  if (entry.series === 0) throw cursor.fail(argument, `${entry.id} takes no source; it reads ${entry.inputs.join(' ')}`);
  if (argument.kind === 'number') throw cursor.fail(argument, `source is ${argument.value}, and must be a price or an indicator`);
  if (state.sources.length === entry.series) throw cursor.fail(argument, `${entry.id} takes ${entry.series === 1 ? 'one series' : 'two series'}`);
  state.sources.push(argument.kind === 'word' ? resolveWord(argument.token) : argument.expression);
};

const addPositional = (binding: Binding, state: State, argument: RawArgument): void => {
  const { cursor, entry } = binding;
  if (state.named.size > 0 || state.namedSource) throw cursor.fail(argument, 'an argument without a name stands after one with a name');
  const names = Object.keys(entry.params);
  const name = names[state.positional.size];
  const spec = name === undefined ? undefined : entry.params[name];
  if (isSeries(argument, spec)) {
    if (state.positional.size > 0) throw cursor.fail(argument, 'a series stands before the numbers, or after source=');
    addSource(binding, state, argument);
    return;
  }
  if (name === undefined || spec === undefined) {
    const taken = names.length === 0 ? 'no parameters' : `${names.length} ${names.length === 1 ? 'parameter' : 'parameters'}: ${names.join(' ')}`;
    throw cursor.fail(argument, `${entry.id} takes ${taken}`);
  }
  state.positional.set(name, parameterValue({ cursor, name, spec, argument }));
};

const addNamed = (binding: Binding, state: State, argument: RawArgument & { name: string }): void => {
  const { cursor, entry } = binding;
  const { name } = argument;
  if (name === 'source') {
    if (entry.series === 2) throw cursor.fail(argument, `${entry.id} takes its two series first, without a name`);
    if (state.sources.length > 0) throw cursor.fail(argument, 'source is given twice');
    state.namedSource = true;
    addSource(binding, state, argument);
    return;
  }
  const spec = Object.hasOwn(entry.params, name) ? entry.params[name] : undefined;
  if (spec === undefined) {
    const known = [...Object.keys(entry.params), ...(entry.series === 1 ? ['source'] : [])];
    throw cursor.fail(argument, `${entry.id} has no parameter ${name}${known.length === 0 ? '' : `, only ${known.join(' ')}`}`);
  }
  if (state.positional.has(name) || state.named.has(name)) throw cursor.fail(argument, `${name} is given twice`);
  state.named.set(name, parameterValue({ cursor, name, spec, argument }));
};

const filledIn = (entry: CatalogueEntry, { positional, named }: State): Record<string, ParameterValue> => {
  const params: Record<string, ParameterValue> = {};
  for (const [name, spec] of Object.entries(entry.params)) {
    const mirrored = positional.get(entry.mirrors?.[name] ?? '');
    params[name] = positional.get(name) ?? named.get(name) ?? mirrored ?? spec.default;
  }
  return params;
};

/** Returns the arguments in the catalogue's places, defaults filled in, or throws at the argument at fault. */
export function bindArguments(binding: Binding): BoundArguments {
  const { cursor, entry, token, raw } = binding;
  const state: State = { positional: new Map(), named: new Map(), sources: [], namedSource: false };
  for (const argument of raw) {
    if (argument.name === undefined) addPositional(binding, state, argument);
    else addNamed(binding, state, { ...argument, name: argument.name });
  }
  if (entry.series === 2 && state.sources.length === 1) throw cursor.fail(token, `${entry.id} takes two series, and one is given`);
  const isDefault = state.sources.length > 0 && state.sources.every((source, index) => canonical(source) === entry.inputs[index]);
  return { params: filledIn(entry, state), sources: isDefault ? [] : state.sources };
}
