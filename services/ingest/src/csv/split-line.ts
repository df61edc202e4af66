/**
 * Returns the trimmed fields of a line, or undefined when a quote is astray. A field may stand in double quotes, a quote in it doubled.
 */
export function splitLine(line: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim());
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const parts = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest) ?? /^([^",]*)(,|$)/.exec(rest);
    if (parts === null) return undefined;
    fields.push((parts[1] ?? '').replaceAll('""', '"').trim());
    rest = rest.slice(parts[0].length);
    if (parts[2] !== ',') return fields;
  }
}
