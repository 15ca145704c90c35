/** A cell's text as a number where it is one, and null where it is empty. */
export function asCell(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return text;
  const value = Number(trimmed);
  // A number that a float cannot hold, such as a long identifier, stays a text.
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !/^[+-]?\d{16,}$/.test(trimmed)) ? value : text;
}
