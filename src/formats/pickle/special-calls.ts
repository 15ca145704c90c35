import type { Literal } from './literals.ts';
import type { NameFact } from './name-facts.ts';
import { isAtom, MISSING, type CallValue, type Value } from './values.ts';

/**
 * What a call returns where that is a name, a module or a text: the functions with which a pickle can spell a name
 * without an import opcode. All of them are recorded as calls too; following them is what names the real target.
 */
export type Meaning =
  | { readonly kind: 'name'; readonly module: string; readonly name: string }
  | { readonly kind: 'attribute-of-value'; readonly attribute: string }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'same'; readonly value: Value };

/** Encodings after which the bytes are those of the text as the file holds it, or its characters. */
const PLAIN_ENCODING = /^(latin[-_]?1|iso[-_]?8859[-_]?1|l1|ascii|us-ascii|utf[-_]?8)$/i;

const BUILTINS = /^(builtins|__builtin__|__builtins__)$/;

/** Whether the result of calling it may be a name: only then are its arguments looked at. */
export function isNameMaker(module: string, name: string): boolean {
  return nameMaker({ module, name }) !== undefined;
}

type NameMaker = 'getattr' | 'type' | 'import' | 'resolve' | 'import-and-get' | 'add' | 'partial' | 'attrgetter' | 'methodcaller' | 'join' | 'encode';

function nameMaker({ module, name }: Pick<NameFact, 'module' | 'name'>): NameMaker | undefined {
  if (BUILTINS.test(module)) {
    if (name === 'getattr') return 'getattr';
    if (name === '__import__') return 'import';
    if (name === 'str.join') return 'join';
    if (name === 'str.__add__') return 'add';
    if (name === 'object.__getattribute__') return 'getattr';
    if (name === 'bytes' || name === 'bytearray') return 'encode';
    return undefined;
  }
  switch (`${module}.${name}`) {
    case 'dill._dill._load_type':
    case 'dill.dill._load_type':
      return 'type';
    case 'importlib.import_module':
    case 'importlib.__import__':
    case 'importlib._bootstrap._gcd_import':
      return 'import';
    case 'pkgutil.resolve_name':
    case 'logging.config._resolve':
    case 'pydoc.locate':
      return 'resolve';
    case 'numpy.core._ufunc_reconstruct':
    case 'numpy._core._ufunc_reconstruct':
    case 'numpy.core._methods._ufunc_reconstruct':
      return 'import-and-get';
    case 'operator.add':
    case 'operator.concat':
    case 'operator.iadd':
    case 'operator.iconcat':
    case '_operator.add':
    case '_operator.concat':
    case '_operator.iadd':
    case '_operator.iconcat':
      return 'add';
    case 'functools.partial':
    case '_functools.partial':
      return 'partial';
    case 'operator.attrgetter':
    case '_operator.attrgetter':
      return 'attrgetter';
    case 'operator.methodcaller':
    case '_operator.methodcaller':
      return 'methodcaller';
    case '_codecs.encode':
    case 'codecs.encode':
      return 'encode';
    default:
      return undefined;
  }
}

/** What `callee(*arguments)` returns; undefined where it is an ordinary object. */
export function meaningOf(callee: Value, args: Value, literalOf: (atom: number) => Literal | undefined): Meaning | undefined {
  if (isAtom(callee) || isAtom(args) || args.kind !== 'tuple') return undefined;
  const items = args.items;
  const text = (value: Value | undefined): string | undefined => textOf(value, literalOf);
  if (callee.kind === 'call') return meaningOfResult(callee, items, text);
  if (callee.kind !== 'name') return undefined;
  switch (nameMaker(callee.fact)) {
    case 'getattr':
      return attribute(items[0], text(items[1]));
    case 'type': {
      // dill's names of types are those of `types` and of built-ins.
      const name = text(items[0]);
      return name === undefined ? undefined : { kind: 'name', module: name.endsWith('Type') ? 'types' : 'builtins', name };
    }
    case 'import': {
      const name = text(items[0]);
      return name === undefined ? undefined : { kind: 'module', name };
    }
    case 'resolve': {
      const name = text(items[0]);
      return name === undefined ? undefined : split(name);
    }
    case 'import-and-get': {
      const [module, name] = [text(items[0]), text(items[1])];
      return module === undefined || name === undefined ? undefined : { kind: 'name', module, name };
    }
    case 'add': {
      const [left, right] = [text(items[0]), text(items[1])];
      return left === undefined || right === undefined ? undefined : { kind: 'text', text: left + right };
    }
    case 'join': {
      const [separator, list] = [text(items[0]), items[1]];
      if (separator === undefined || list === undefined || isAtom(list) || (list.kind !== 'list' && list.kind !== 'tuple') || list.count !== list.items.length) return undefined;
      const parts = list.items.map(text);
      return parts.some((part) => part === undefined) ? undefined : { kind: 'text', text: parts.join(separator) };
    }
    case 'encode': {
      // How protocols 0 to 2 write bytes: as a text whose characters are the bytes.
      const [value, encoding] = items;
      const isPlain = encoding === undefined ? items.length === 1 && isAtom(value ?? MISSING) : PLAIN_ENCODING.test(text(encoding) ?? '');
      return value !== undefined && isPlain ? { kind: 'same', value } : undefined;
    }
    default:
      return undefined;
  }
}

/** Calls of `attrgetter('a.b')`, `methodcaller('run')` and `partial(f)`: the name lies in how they were made. */
function meaningOfResult(callee: CallValue, items: readonly Value[], text: (value: Value | undefined) => string | undefined): Meaning | undefined {
  const { callee: maker, arguments: made } = callee;
  if (isAtom(maker) || maker.kind !== 'name' || isAtom(made) || made.kind !== 'tuple') return undefined;
  const first = made.items[0];
  switch (nameMaker(maker.fact)) {
    case 'attrgetter':
    case 'methodcaller':
      return attribute(items[0], text(first));
    default:
      return undefined;
  }
}

/** The callable behind `partial(f, ...)`, however often it is wrapped; undefined for anything else. */
export function wrappedCallable(value: Value): Value | undefined {
  if (isAtom(value) || value.kind !== 'call' || isAtom(value.callee) || value.callee.kind !== 'name') return undefined;
  if (nameMaker(value.callee.fact) !== 'partial' || isAtom(value.arguments) || value.arguments.kind !== 'tuple') return undefined;
  return value.arguments.items[0];
}

function attribute(of: Value | undefined, name: string | undefined): Meaning | undefined {
  if (of === undefined || name === undefined) return undefined;
  if (isAtom(of)) return { kind: 'attribute-of-value', attribute: name };
  if (of.kind === 'name') return { kind: 'name', module: of.fact.module, name: of.fact.name === '' ? name : `${of.fact.name}.${name}` };
  if (of.kind === 'module') return { kind: 'name', module: of.name, name };
  return { kind: 'attribute-of-value', attribute: name };
}

/** `package.module:attribute.walk`, or dots throughout: then the last component is taken for the name. */
function split(name: string): Meaning {
  const [module = '', attributes] = name.split(':');
  if (attributes !== undefined && attributes !== '') return { kind: 'name', module, name: attributes };
  const dot = module.lastIndexOf('.');
  return dot < 0 ? { kind: 'module', name: module } : { kind: 'name', module: module.slice(0, dot), name: module.slice(dot + 1) };
}

/** Atoms that the meaning of such a call depends on. */
export function atomsOfArguments(args: Value): readonly number[] {
  if (isAtom(args) || args.kind !== 'tuple') return [];
  return args.items.flatMap((item) => {
    if (isAtom(item)) return [item];
    return item.kind === 'list' || item.kind === 'tuple' ? item.items.filter(isAtom) : [];
  });
}

export function textOf(value: Value | undefined, literalOf: (atom: number) => Literal | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (isAtom(value)) {
    const literal = literalOf(value);
    return literal?.kind === 'text' ? literal.text : undefined;
  }
  return value.kind === 'constant' ? value.text : undefined;
}
