import type { Literal } from './literals.ts';
import type { NameFact, Recorder } from './name-facts.ts';
import { argumentsOf, expressionOf } from './pseudo-code.ts';
import { meaningOf, textOf, wrappedCallable, type Meaning } from './special-calls.ts';
import { isAtom, type CallValue, type Value } from './values.ts';

interface CallContext {
  readonly recorder: Recorder;
  readonly offset: number;
  /** The opcode that calls. */
  readonly via: string;
  readonly literalOf: (atom: number) => Literal | undefined;
}

/** Functions that make an instance of their first argument, or call it: what happens happens to that. */
const HIGHER_ORDER: ReadonlyMap<string, 'construct' | 'call'> = new Map([
  ['copyreg._reconstructor', 'construct'], ['copy_reg._reconstructor', 'construct'],
  ['copyreg.__newobj__', 'construct'], ['copy_reg.__newobj__', 'construct'],
  ['copyreg.__newobj_ex__', 'construct'], ['copy_reg.__newobj_ex__', 'construct'],
  ['numpy.core.multiarray._reconstruct', 'construct'], ['numpy._core.multiarray._reconstruct', 'construct'],
  ['numpy.ma.core._mareconstruct', 'construct'],
  ['dill._dill._create_array', 'call'], ['dill.dill._create_array', 'call'],
  ['torch._tensor._rebuild_from_type', 'call'], ['torch._tensor._rebuild_from_type_v2', 'call'],
  ['torch.tensor._rebuild_from_type', 'call'], ['torch._utils._rebuild_wrapper_subclass', 'construct'],
]);

/** Records a call and returns what stands for its result; undefined when there are too many different actions. */
export function call(callee: Value, args: Value, context: CallContext): Value | undefined {
  const { recorder, offset, via, literalOf } = context;
  const text = (): string => `${expressionOf(callee, literalOf)}${argumentsOf(args, literalOf)}`;
  const isTypeOf = !isAtom(callee) && callee.kind === 'name' && TYPE.test(callee.fact.dotted) && !isAtom(args) && args.kind === 'tuple' && args.count === 1;
  if (!recorder.record(isTypeOf ? 'import' : 'call', targetOf(callee), isTypeOf ? 'type of one value' : via, offset, text)) return undefined;

  let wrapped = wrappedCallable(callee);
  for (let depth = 0; wrapped !== undefined && depth < MAX_WRAPS; depth += 1) {
    if (!recorder.record('call', targetOf(wrapped), 'partial', offset, text)) return undefined;
    wrapped = wrappedCallable(wrapped);
  }
  if (!isAtom(callee) && callee.kind === 'name' && !isAtom(args) && args.kind === 'tuple') {
    const of = HIGHER_ORDER.get(callee.fact.dotted);
    const first = args.items[0];
    if (of !== undefined && first !== undefined && !recorder.record(of, targetOf(first), callee.fact.name, offset, text)) return undefined;
  }
  const result: CallValue = { kind: 'call', callee, arguments: args, isConstruction: false };
  const meaning = meaningOf(callee, args, literalOf);
  if (meaning === undefined) return result;
  return follow(meaning, result, context, text);
}

/** With one argument it says what something is (the type of None is pickled so); with three it makes a class. */
const TYPE = /^(builtins|__builtin__)\.type$/;

/** Functions that unpickle their first argument. */
const UNPICKLERS = new Set(['torch.storage._load_from_bytes', 'pickle.loads', '_pickle.loads', 'cPickle.loads', 'dill.loads', 'dill._dill.loads', 'cloudpickle.loads', 'cloudpickle.cloudpickle.loads']);

/** The value that a call unpickles, where it is a plain one: what it holds runs too. Nobody can look into one that is computed. */
export function unpickledArgument(callee: Value, args: Value): number | 'computed' | undefined {
  if (isAtom(callee) || callee.kind !== 'name' || !UNPICKLERS.has(callee.fact.dotted)) return undefined;
  const first = isAtom(args) || args.kind !== 'tuple' ? undefined : args.items[0];
  return first !== undefined && isAtom(first) ? first : 'computed';
}

/** How often a callable may be wrapped before nobody unwraps it any more. */
const MAX_WRAPS = 16;

function follow(meaning: Meaning, result: CallValue, context: CallContext, text: () => string): Value | undefined {
  const { recorder, offset } = context;
  const via = viaOf(result.callee);
  switch (meaning.kind) {
    case 'name': {
      const fact = recorder.name(meaning.module, meaning.name);
      if (!recorder.record('import', fact, via, offset, text)) return undefined;
      // A method caller calls what it looks up.
      if (via === 'methodcaller' && !recorder.record('call', fact, via, offset, text)) return undefined;
      return { kind: 'name', fact };
    }
    case 'module': {
      const fact = recorder.name(meaning.name, '');
      if (!recorder.record('import', fact, via, offset, text)) return undefined;
      return { kind: 'module', name: meaning.name };
    }
    case 'attribute-of-value': {
      // Of an instance whose class the file names: as if it took the attribute of the class.
      const of = instanceClass(firstOf(result.arguments));
      if (of !== undefined) return follow({ kind: 'name', module: of.module, name: `${of.name}.${meaning.attribute}` }, result, context, text);
      if (!recorder.record('import', `attribute ${meaning.attribute.slice(0, 100)} of an object`, via, offset, text)) return undefined;
      return result;
    }
    case 'text':
      return { kind: 'constant', text: meaning.text };
    case 'same':
      return meaning.value;
  }
}

function viaOf(callee: Value): string {
  if (isAtom(callee)) return 'call';
  const maker = callee.kind === 'call' ? callee.callee : callee;
  return !isAtom(maker) && maker.kind === 'name' ? maker.fact.name : 'call';
}

/** Records that an instance is made without its initializer (`cls.__new__`). */
export function construct(callee: Value, args: Value, context: CallContext): Value | undefined {
  const { recorder, offset, via, literalOf } = context;
  const text = (): string => `${expressionOf(callee, literalOf)}.__new__${argumentsOf(args, literalOf)}`;
  if (!recorder.record('construct', targetOf(callee), via, offset, text)) return undefined;
  return { kind: 'call', callee, arguments: args, isConstruction: true };
}

/** The name behind a value, or a phrase that says how it comes about; phrases are few, whatever the file holds. */
export function targetOf(value: Value): NameFact | string {
  if (isAtom(value)) return 'a plain value';
  switch (value.kind) {
    case 'name':
      return value.fact;
    case 'call':
      // One step only: a file can call the result of a call of a result as often as it likes.
      return !isAtom(value.callee) && value.callee.kind === 'name' ? `the result of ${value.callee.fact.dotted.slice(0, 200)}` : 'the result of a computed call';
    case 'module':
      return `module ${value.name.slice(0, 200)}`;
    case 'persistent':
      return 'a persistent object';
    case 'opaque':
      return value.what;
    case 'constant':
      return 'a computed text';
    default:
      return `a ${value.kind}`;
  }
}

function firstOf(args: Value): Value | undefined {
  return isAtom(args) || args.kind !== 'tuple' ? undefined : args.items[0];
}

/** The class of something that was made by it alone: not of what a function returned. */
function instanceClass(value: Value | undefined): NameFact | undefined {
  if (value === undefined || isAtom(value) || value.kind !== 'call' || isAtom(value.callee) || value.callee.kind !== 'name') return undefined;
  return value.isConstruction || HIGHER_ORDER.get(value.callee.fact.dotted) === 'construct' ? classOf(value) : undefined;
}

/** The class of an instance, where the file names it. */
export function classOf(value: Value): NameFact | undefined {
  if (isAtom(value) || value.kind !== 'call' || isAtom(value.callee) || value.callee.kind !== 'name') return undefined;
  if (HIGHER_ORDER.get(value.callee.fact.dotted) !== 'construct') return value.callee.fact;
  if (isAtom(value.arguments) || value.arguments.kind !== 'tuple') return undefined;
  const first = value.arguments.items[0];
  return first !== undefined && !isAtom(first) && first.kind === 'name' ? first.fact : undefined;
}

/** Attributes that Python itself calls: setting one on an instance makes a call of something that is none. */
const CALLED_ATTRIBUTES = new Set(['__setstate__', '__reduce__', '__reduce_ex__', '__class__', '__getattr__', '__getattribute__', '__del__', '__call__', '__new__', '__init__', '__dict__']);

/** The first key of a state that replaces something Python calls. */
export function calledAttribute(state: Value, known: Set<number>, literalOf: (atom: number) => Literal | undefined): string | undefined {
  for (const key of keysOf(state)) {
    if (typeof key === 'number' && known.has(key)) continue;
    const text = textOf(key, literalOf);
    if (text !== undefined && CALLED_ATTRIBUTES.has(text)) return text;
    if (typeof key === 'number' && known.size < MAX_KNOWN_KEYS) known.add(key);
  }
  return undefined;
}

/** Keys of a state whose text has to be known. */
export function attributeAtoms(state: Value, known: ReadonlySet<number>): readonly number[] {
  return keysOf(state).filter((key): key is number => typeof key === 'number' && !known.has(key));
}

const NO_KEYS: readonly Value[] = [];

/** Keys of a state, or of the two dictionaries of (state, slots). */
function keysOf(state: Value): readonly Value[] {
  if (isAtom(state)) return NO_KEYS;
  if (state.kind === 'tuple') return state.items.filter((item) => !isAtom(item) && item.kind === 'dict').flatMap(keysOf);
  return state.kind === 'dict' ? state.items.filter((_, index) => index % 2 === 0) : NO_KEYS;
}

/** Attribute names known to be harmless by their place in the file; classes have some thousand at most. */
const MAX_KNOWN_KEYS = 100_000;
