import { mergeProcessCovs, type ProcessCov } from '@bcoe/v8-coverage';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8ToIstanbul from 'v8-to-istanbul';

/** Times that each line of a file ran, by line number. */
export type LineHits = ReadonlyMap<number, number>;

const readProcess = (file: string, urls: ReadonlySet<string>): ProcessCov => {
  try {
    const { result } = JSON.parse(readFileSync(file, 'utf8')) as ProcessCov;
    return { result: result.filter((script) => urls.has(script.url)) };
  } catch {
    // A process that was killed while it wrote leaves half a report.
    return { result: [] };
  }
};

/**
 * Returns the line hits of source files in the spawned processes, whose coverage Node wrote to `folder`; and how many processes wrote.
 * Node strips types by blanks, so that its offsets are those of the source.
 */
export async function processCoverage(folder: string, files: readonly string[]): Promise<Readonly<{ processes: number; hits: ReadonlyMap<string, LineHits> }>> {
  const reports = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const fileOf = new Map(files.map((file) => [pathToFileURL(file).href, file]));
  const urls = new Set(fileOf.keys());
  let merged: ProcessCov = { result: [] };
  for (const report of reports) merged = mergeProcessCovs([merged, readProcess(path.join(folder, report), urls)]);
  const hits = new Map<string, LineHits>();
  for (const script of merged.result) {
    const file = fileOf.get(script.url) ?? '';
    const converter = v8ToIstanbul(file, 0, { source: readFileSync(file, 'utf8') });
    await converter.load();
    converter.applyCoverage(script.functions);
    hits.set(file, lineHits(converter.toIstanbul(), file));
  }
  return { processes: reports.length, hits };
}

type StatementCoverage = Readonly<{ statementMap: Record<string, { start: { line: number } }>; s: Record<string, number> }>;

/** Returns the line hits of a file in coverage of istanbul's form, whose statements are lines. */
export function lineHits(coverage: Readonly<Record<string, unknown>>, file: string): LineHits {
  const own = coverage[file] as StatementCoverage | undefined;
  const hits = new Map<number, number>();
  for (const [id, { start }] of Object.entries(own?.statementMap ?? {})) hits.set(start.line, Math.max(hits.get(start.line) ?? 0, own?.s[id] ?? 0));
  return hits;
}
