/** What is compared of an entry. */
type Fields = Readonly<{ fields: ReadonlyMap<string, Uint8Array> }>;

/** Tells whether two entries hold the same, byte by byte. */
export function isSameEntry(a: Fields, b: Fields): boolean {
  return (
    a.fields.size === b.fields.size && [...a.fields].every(([name, value]) => Buffer.compare(value, b.fields.get(name) ?? new Uint8Array()) === 0)
  );
}
