import { z } from 'zod';

/** Service name under which an environment keeps what all its services share. */
export const ALL_SERVICES = '*';

const documentSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string())));

/** Settings by environment, service (`*` = all) and name. Stored, the values are sealed. */
export type SettingsDocument = z.infer<typeof documentSchema>;

/** One version: the whole document after a change, and what the change was. */
export const versionSchema = z.object({
  version: z.number().int().positive(),
  at: z.string(),
  comment: z.string(),
  environment: z.string(),
  service: z.string(),
  changed: z.array(z.string()),
  document: documentSchema,
});
/** One version of the settings. */
export type SettingsVersion = Readonly<z.infer<typeof versionSchema>>;

/** The file: newest version last. */
export const storedFile = z.object({ format: z.literal(1), versions: z.array(versionSchema) });

/** A change of one environment and service: `null` removes a name, names not mentioned stay. */
export type Patch = Readonly<{ environment: string; service: string; settings: Readonly<Record<string, string | null>>; comment: string }>;

/** Returns the names of a patch that it really changes, and the document after it. */
export function applyPatch(document: SettingsDocument, patch: Patch): Readonly<{ document: SettingsDocument; changed: readonly string[] }> {
  const before = document[patch.environment]?.[patch.service] ?? {};
  const after = { ...before };
  for (const [name, text] of Object.entries(patch.settings)) {
    if (text === null) delete after[name];
    else after[name] = text;
  }
  const changed = Object.keys(patch.settings).filter((name) => before[name] !== after[name]);
  const environment = { ...document[patch.environment], [patch.service]: after };
  return { document: { ...document, [patch.environment]: environment }, changed };
}

/** Returns what a service gets: its environment's shared settings under its own. */
export function effectiveSettings(document: SettingsDocument, environment: string, service: string): Readonly<Record<string, string>> {
  return { ...document[environment]?.[ALL_SERVICES], ...document[environment]?.[service] };
}
