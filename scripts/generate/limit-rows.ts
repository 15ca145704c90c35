/** A constant and the comment right before it: no other comment, and no code, in between. */
const CONSTANT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const ([A-Z][A-Z0-9_]*)(?::[^=]+)?\s*=\s*([^;{[]+);/g;
/** A constant that holds several limits, a line each. */
const GROUP = /export const ([A-Z][A-Z0-9_]*): (\w+) = \{\n([\s\S]*?)\n\};/g;

export type LimitRow = readonly [name: string, value: string, reason: string, file: string];

/**
 * The limits in a source file, each with the reason that stands before it. Of a group of limits the reason is what its interface
 * says the limit is of, and the comment before its value.
 */
export function limitRows(file: string, text: string): readonly LimitRow[] {
  const single = [...text.matchAll(CONSTANT)].map(([, comment = '', name = '', value = '']): LimitRow => [code(name), code(value.trim()), words(comment), code(file)]);
  const grouped = [...text.matchAll(GROUP)].flatMap(([, name = '', type = '', body = '']) => groupRows(name, body, meaningsOf(type, text), file));
  return [...single, ...grouped];
}

function groupRows(name: string, body: string, meanings: ReadonlyMap<string, string>, file: string): LimitRow[] {
  const rows: LimitRow[] = [];
  let comment: string[] = [];
  for (const line of body.split('\n').map((one) => one.trim())) {
    const [, key, value] = /^(\w+): (.+),$/.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      comment.push(line.replace(/^\/\/ ?/, ''));
      continue;
    }
    rows.push([code(`${name}.${key}`), code(value), [meanings.get(key) ?? '', ...comment].join(' ').trim(), code(file)]);
    comment = [];
  }
  return rows;
}

/** What an interface says of its members. */
function meaningsOf(type: string, text: string): ReadonlyMap<string, string> {
  const [, body = ''] = new RegExp(`interface ${type} \\{\\n([\\s\\S]*?)\\n\\}`).exec(text) ?? [];
  return new Map([...body.matchAll(/\/\*\* (.*?) \*\/\s*readonly (\w+):/g)].map(([, meaning = '', key = '']) => [key, meaning]));
}

function words(comment: string): string {
  return comment.replace(/^\s*\*/gm, '').trim();
}

function code(text: string): string {
  return `\`${text}\``;
}
