/** A parameter of an indicator. Numbers are checked against the bounds, both included. */
export type ParameterSpec =
  | Readonly<{ type: 'int' | 'float'; default: number; min: number; max: number }>
  | Readonly<{ type: 'matype'; default: number; values: Readonly<Record<string, string>> }>;

/** What the catalogue says of one indicator; parameters stand in the order of positional arguments. */
export type CatalogueEntry = Readonly<{
  id: string;
  name: string;
  category: string;
  inputs: readonly string[];
  params: Readonly<Record<string, ParameterSpec>>;
  outputs: readonly string[];
  aliases: readonly string[];
  /** Index of the first bar with a value, at the default parameters. */
  warmup: number;
}>;

/** Entries by id; aliases are found by the parser. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;
