import type { CatalogueEntry, ParameterSpec } from '@signal/contracts';

/** Columns of bars, or of whatever else is read row by row. */
export type BarColumns = Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', Float64Array>>;
/** An input that a definition can declare. */
export type InputName = keyof BarColumns;

/**
 * The arithmetic of one indicator with its parameters fixed. All of its state is the slot `slab[at … at + stride)`: so a peek is an
 * update of a copy, and a snapshot is a copy. `input` holds the declared inputs in order, all finite; every output is written, NaN while silent.
 */
export type Kernel = Readonly<{
  stride: number;
  reset(slab: Float64Array, at: number): void;
  update(slab: Float64Array, at: number, step: Step): void;
}>;
/** What one update reads and writes. */
export type Step = Readonly<{ input: Float64Array; out: Float64Array }>;

type ValueOf<Spec extends ParameterSpec> = Spec['type'] extends 'bool' ? boolean : Spec['type'] extends 'enum' ? string : number;
/** Values of a definition's parameters, by name. */
export type ParameterValues<Params extends Readonly<Record<string, ParameterSpec>>> = Readonly<{ [Name in keyof Params]: ValueOf<Params[Name]> }>;

/** How the work of one update grows with the length of the window. */
export type Cost = 'const' | 'log' | 'linear';

/** What a file of the catalogue says. Parameters stand in the order of positional arguments. */
export type DefinitionSource<Params extends Readonly<Record<string, ParameterSpec>>> = Readonly<{
  id: string;
  title: string;
  category: string;
  inputs: readonly InputName[];
  /** How many inputs other series may replace; 0 when they are columns of one bar. */
  series: 0 | 1 | 2;
  params: Params;
  mirrors?: Readonly<Record<string, string>>;
  outputs: readonly string[];
  aliases?: readonly string[];
  /** Index of the first row with a value. */
  warmup(values: ParameterValues<Params>): number;
  cost: Cost;
  create(values: ParameterValues<Params>): Kernel;
}>;

type AnyValues = ParameterValues<Readonly<Record<string, ParameterSpec>>>;

/** An indicator of the catalogue: its entry, and what makes its kernel. */
export type Definition = Readonly<{
  entry: CatalogueEntry;
  inputs: readonly InputName[];
  cost: Cost;
  warmup(values: Readonly<Record<string, unknown>>): number;
  create(values: Readonly<Record<string, unknown>>): Kernel;
}>;

const defaultsOf = (params: Readonly<Record<string, ParameterSpec>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(params).map(([name, spec]) => [name, spec.default]));

/** Returns the definition of an indicator. Values that reach it have passed the parser's bounds. */
export function defineIndicator<const Params extends Readonly<Record<string, ParameterSpec>>>(source: DefinitionSource<Params>): Definition {
  const { id, title, category, inputs, series, params, mirrors, outputs, aliases = [], cost } = source;
  const { warmup, create } = source as unknown as DefinitionSource<Readonly<Record<string, ParameterSpec>>>;
  const entry: CatalogueEntry = {
    id,
    name: title,
    category,
    inputs,
    series,
    params,
    ...(mirrors === undefined ? {} : { mirrors }),
    outputs,
    aliases,
    warmup: warmup(defaultsOf(params) as AnyValues),
  };
  return { entry, inputs, cost, warmup: (values) => warmup(values as AnyValues), create: (values) => create(values as AnyValues) };
}
