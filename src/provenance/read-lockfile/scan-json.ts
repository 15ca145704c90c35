/** Where things stand in a JSON text; offsets are UTF-16 code units, keys are JSON pointers. */
export interface JsonMap {
  /** Of every value down to {@link MAX_MAPPED_DEPTH}; the document itself is the empty pointer. */
  readonly values: ReadonlyMap<string, number>;
  /** Of every key, under the pointer of its value. */
  readonly keys: ReadonlyMap<string, number>;
  /** Offset of the first key that its object already has. JSON.parse would quietly take the later one. */
  readonly duplicateKey: { readonly key: string; readonly offset: number } | undefined;
  /** Where the text stops being JSON; undefined when all of it is. */
  readonly errorAt: number | undefined;
}

/** Deeper values get no pointer of their own: no schema here looks that deep, and pointers grow with the depth. */
const MAX_MAPPED_DEPTH = 8;

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y; // eslint-disable-line no-control-regex
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

type State = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' | 'done';

interface Open {
  readonly kind: 'object' | 'array';
  readonly pointer: string;
  readonly seen: Set<string>;
  count: number;
}

/**
 * Finds the places that JSON.parse does not tell: of values, keys, duplicate keys and of the first error. A YAML parser
 * could locate values too, but takes for valid much that is no JSON, and lets the first of two equal keys pass or not
 * by options; a lockfile must mean one thing to everybody. Iterative, so that nesting costs no stack.
 */
export function scanJson(text: string): JsonMap {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  const open: Open[] = [];
  let duplicateKey: JsonMap['duplicateKey'];
  let state: State = 'value';
  let pointer = '';
  let at = 0;

  const match = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(text)?.[0];
  };
  const closeOne = (): void => {
    open.pop();
    state = open.length === 0 ? 'done' : 'comma-or-end';
  };
  const answer = (errorAt: number | undefined): JsonMap => ({ values, keys, duplicateKey, errorAt });

  for (;;) {
    at += match(SPACE)?.length ?? 0;
    const char = text[at];
    const inside = open.at(-1);

    if (state === 'done') return answer(char === undefined ? undefined : at);
    if (state === 'comma-or-end') {
      if (char === ',') state = inside?.kind === 'object' ? 'key' : 'value';
      else if (char === (inside?.kind === 'object' ? '}' : ']')) closeOne();
      else return answer(at);
      at += 1;
      continue;
    }
    if ((state === 'key-or-end' && char === '}') || (state === 'value-or-end' && char === ']')) {
      closeOne();
      at += 1;
      continue;
    }
    if (inside?.kind === 'object' && (state === 'key' || state === 'key-or-end')) {
      const literal = match(STRING);
      if (literal === undefined) return answer(at);
      const key: string = JSON.parse(literal);
      if (inside.seen.has(key)) duplicateKey ??= { key, offset: at };
      inside.seen.add(key);
      pointer = below(inside.pointer, open.length, key);
      if (!keys.has(pointer)) keys.set(pointer, at);
      at += literal.length;
      at += match(SPACE)?.length ?? 0;
      if (text[at] !== ':') return answer(at);
      at += 1;
      state = 'value';
      continue;
    }

    if (inside?.kind === 'array') {
      pointer = below(inside.pointer, open.length, String(inside.count));
      inside.count += 1;
    }
    if (!values.has(pointer)) values.set(pointer, at);
    if (char === '{' || char === '[') {
      open.push({ kind: char === '{' ? 'object' : 'array', pointer, seen: new Set(), count: 0 });
      state = char === '{' ? 'key-or-end' : 'value-or-end';
      at += 1;
      continue;
    }
    const literal = char === '"' ? match(STRING) : match(SCALAR);
    if (literal === undefined) return answer(at);
    at += literal.length;
    state = open.length === 0 ? 'done' : 'comma-or-end';
  }
}

function below(pointer: string, depth: number, key: string): string {
  return depth > MAX_MAPPED_DEPTH ? pointer : `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
