/** Returns the items of a comma list, trimmed; commas inside parentheses do not split. An empty text is one empty item. */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth += 1;
    if (character === ')') depth = Math.max(0, depth - 1);
    if (character !== ',' || depth > 0) continue;
    items.push(text.slice(from, at).trim());
    from = at + 1;
  }
  items.push(text.slice(from).trim());
  return items;
}
