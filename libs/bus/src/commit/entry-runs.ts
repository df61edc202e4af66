import type { EntryFields } from '@signal/contracts';
import type { IdentifiedEntry } from './partition-commit.ts';

/** An argument of a script. */
export type Argument = string | number | Buffer;

/** Entries that follow each other and have the same fields in the same order. `own[i]`: field i differs between them. */
type EntryRun = { names: readonly string[]; own: boolean[]; entries: IdentifiedEntry[] };

const hasForm = (run: EntryRun, fields: EntryFields): boolean => {
  let index = 0;
  for (const name in fields) {
    if (run.names[index] !== name) return false;
    index += 1;
  }
  return index === run.names.length;
};

const addTo = (run: EntryRun, entry: IdentifiedEntry): void => {
  const first = run.entries[0]?.fields;
  run.names.forEach((name, index) => {
    run.own[index] ||= first?.[name] !== entry.fields[name];
  });
  run.entries.push(entry);
};

const runsOf = (entries: readonly IdentifiedEntry[]): readonly EntryRun[] => {
  const runs: EntryRun[] = [];
  let open: EntryRun | undefined;
  for (const entry of entries) {
    if (open !== undefined && hasForm(open, entry.fields)) {
      addTo(open, entry);
      continue;
    }
    const names = Object.keys(entry.fields);
    open = { names, own: names.map(() => false), entries: [entry] };
    runs.push(open);
  }
  return runs;
};

/** `n-0` goes without its chunk, which XADD adds. */
const shortId = (id: string): string => (id.endsWith('-0') ? id.slice(0, -2) : id);

const pushForm = (args: Argument[], { names, own, entries }: EntryRun): void => {
  const first = entries[0]?.fields ?? {};
  const bytesAt = args.push(entries.length, 0, names.length) - 2;
  let bytes = 0;
  names.forEach((name, index) => {
    const value = first[name] ?? '';
    bytes += Buffer.byteLength(name);
    if (own[index] === true) {
      args.push(name, 'o');
      return;
    }
    bytes += Buffer.byteLength(value);
    args.push(name, 's', value);
  });
  args[bytesAt] = bytes;
};

/**
 * Appends entries as the commit's script takes them. What all entries of a run have in common goes once: of `v n json` only the JSON and
 * mostly not even `n` is an entry's own, and each argument costs Redis and us about as much as ten bytes of payload.
 */
export function pushRuns(args: Argument[], entries: readonly IdentifiedEntry[]): void {
  const runs = runsOf(entries);
  args.push(runs.length);
  for (const run of runs) {
    pushForm(args, run);
    const own = run.names.filter((_, index) => run.own[index] === true);
    for (const { id, fields } of run.entries) {
      args.push(shortId(id));
      for (const name of own) args.push(fields[name] ?? '');
    }
  }
}
