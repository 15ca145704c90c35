const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g;
const NAMED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', '\n': '' };

/** The value of a string literal as Jinja decodes it (Python's `unicode-escape`): `\x5f` is an underscore. */
export function unescapeString(literal: string): string {
  return literal.replace(ESCAPE, (whole, hex: string | undefined, short: string | undefined, long: string | undefined, octal: string | undefined, other: string | undefined) => {
    const code = hex ?? short ?? long;
    if (code !== undefined) return character(parseInt(code, 16), whole);
    if (octal !== undefined) return character(parseInt(octal, 8), whole);
    const named = NAMED[other ?? ''];
    if (named !== undefined) return named;
    return other === '\\' || other === "'" || other === '"' ? other : whole;
  });
}

function character(code: number, whole: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
