/** A value that a parameter can take. */
export type ParameterValue = number | boolean | string;

/** A parameter of an indicator. Numbers are checked against the bounds, both included; a `matype` names a moving average. */
export type ParameterSpec =
  | Readonly<{ type: 'int' | 'float'; default: number; min: number; max: number }>
  | Readonly<{ type: 'matype'; default: number; values: Readonly<Record<string, string>> }>
  | Readonly<{ type: 'bool'; default: boolean }>
  | Readonly<{ type: 'enum'; default: string; values: readonly string[] }>;

/** What the catalogue says of one indicator; parameters stand in the order of positional arguments. */
export type CatalogueEntry = Readonly<{
  id: string;
  name: string;
  category: string;
  inputs: readonly string[];
  /** How many inputs an expression may replace by other series: one (`source=`), two (both given first), or none. */
  series: 0 | 1 | 2;
  params: Readonly<Record<string, ParameterSpec>>;
  /** Parameter → the earlier one whose positional value it takes when it is not given itself. */
  mirrors?: Readonly<Record<string, string>>;
  outputs: readonly string[];
  aliases: readonly string[];
  /** Index of the first bar with a value, at the default parameters. */
  warmup: number;
}>;

/** Entries by id; aliases are found by the parser. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;
