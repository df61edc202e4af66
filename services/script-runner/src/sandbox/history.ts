/** Six columns of closed bars, oldest first. */
export type HistoryColumns = Record<'time' | 'open' | 'high' | 'low' | 'close' | 'volume', number[]>;

/** Returns the view of columns that a script gets: frozen copies, made when first asked for, with `ago(n)` beside the array's own methods. */
export function viewHistory(columns: HistoryColumns): object {
  const view = {};
  for (const name of Object.keys(columns) as (keyof HistoryColumns)[]) {
    let copy: readonly number[] | undefined;
    const get = (): readonly number[] => {
      if (copy === undefined) {
        const values = columns[name].slice();
        Object.defineProperty(values, 'ago', { value: (bars: number) => values[values.length - 1 - bars] });
        copy = Object.freeze(values);
      }
      return copy;
    };
    Object.defineProperty(view, name, { get, enumerable: true });
  }
  return Object.freeze(view);
}

/** Adds a bar to columns and drops the oldest above `most`. */
export function pushBar(columns: HistoryColumns, bar: Readonly<Record<keyof HistoryColumns, number>>, most: number): void {
  for (const name of Object.keys(columns) as (keyof HistoryColumns)[]) {
    columns[name].push(bar[name]);
    if (columns[name].length > most) columns[name].shift();
  }
}
