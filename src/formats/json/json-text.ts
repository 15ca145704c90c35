/**
 * The text that begins with the quote at `from`, and where it ends; undefined where it does not end, or holds what JSON forbids.
 * A loop, and not one expression for all of it: those give up on texts of some megabytes.
 */
export function jsonText(text: string, from: number): { readonly value: string; readonly end: number } | undefined {
  let end = from + 1;
  for (let code = text.charCodeAt(end); code !== QUOTE; code = text.charCodeAt(end)) {
    // NaN behind the end is no more than any number.
    if (!(code >= FIRST_PRINTABLE)) return undefined;
    end += code === BACKSLASH ? 2 : 1;
  }
  end += 1;
  try {
    return { value: JSON.parse(text.slice(from, end)) as string, end };
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
