/** Ids remembered per instrument. An older repeat is refused as late: its stamp lies behind the newest. */
const MOST_IDS = 65_536;

/** Ids of the accepted trades of each instrument, the newest of them. */
export class SeenIds {
  private readonly byInstrument = new Map<string, Set<string>>();

  has(instrument: string, id: string): boolean {
    return this.byInstrument.get(instrument)?.has(id) ?? false;
  }

  add(instrument: string, ids: readonly string[]): void {
    const seen = this.byInstrument.get(instrument) ?? new Set<string>();
    this.byInstrument.set(instrument, seen);
    for (const id of ids) seen.add(id);
    for (const oldest of seen) {
      if (seen.size <= MOST_IDS) break;
      seen.delete(oldest);
    }
  }

  entries(): readonly (readonly [string, readonly string[]])[] {
    return [...this.byInstrument].map(([instrument, ids]) => [instrument, [...ids]] as const);
  }
}
