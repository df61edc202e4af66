import { type Catalogue, SignalError } from '@signal/contracts';
import type { Definition } from './definition.ts';
import { definitions } from './generated-definitions.ts';

const byId: ReadonlyMap<string, Definition> = new Map(definitions.map((definition) => [definition.entry.id, definition]));

/** Every indicator that can be asked for, by id, in the order of their ids. */
export const catalogue: Catalogue = new Map(definitions.map(({ entry }) => [entry.id, entry]));

/** Returns the definition of an indicator, or throws `indicator_unknown`. */
export function definitionOf(id: string): Definition {
  const definition = byId.get(id);
  if (definition !== undefined) return definition;
  throw new SignalError('indicator_unknown', `indicator is ${JSON.stringify(id.slice(0, 100))}, and the catalogue has none of that id`);
}
