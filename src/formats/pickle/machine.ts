import { bytesBetween } from '../../artifacts/bytes-between.ts';
import type { CodeBreak } from '../../model/code.ts';
import { arrayFile, fileNameAtoms, isFileWrapper } from './array-files.ts';
import { attributeAtoms, calledAttribute, call, classOf, construct, targetOf, unpickledArgument } from './calls.ts';
import { decodeLiteral, latin1, type Literal } from './literals.ts';
import { addTo, container, createMemo, createStack, tupleOf, UNSET } from './machine-state.ts';
import { createRecorder, type Recorder } from './name-facts.ts';
import { NEWEST_PROTOCOL, OP, opcodeName, operandShape } from './opcodes.ts';
import { endOfLines, ends, lineNumber, littleEndian, utf8 } from './operands.ts';
import { MANY_RECALLS, MAX_LINE_BYTES, MAX_MARKS, MAX_NESTED_PROGRAMS, MAX_STACK_VALUES, MIN_NESTED_BYTES, OPCODES_A_SLICE } from './pickle-limits.ts';
import type { PickleWindow } from './pickle-window.ts';
import { argumentsOf, expressionOf } from './pseudo-code.ts';
import { atomsOfArguments, textOf } from './special-calls.ts';
import { isAtom, isContainer, MISSING, opaque, type CallValue, type Value } from './values.ts';

/** Why the machine stopped for the moment, and what would make it go on. */
export type MachineState =
  | { readonly kind: 'bytes'; readonly count: number }
  | { readonly kind: 'literal'; readonly offset: number }
  | { readonly kind: 'array'; readonly wrapper: CallValue }
  | { readonly kind: 'pause' }
  | { readonly kind: 'stopped'; readonly result: Value }
  | { readonly kind: 'broken'; readonly break: CodeBreak };

export interface SeenLiteral {
  /** Offset of the opcode: the atom that stands for it. */
  readonly atom: number;
  /** Offset of the content, behind the opcode and its length. */
  readonly offset: number;
  readonly length: number;
  readonly kind: 'text' | 'bytes' | 'escaped';
  /** The content, or as much of it as is at hand. */
  readonly head: Uint8Array;
}

export interface MachineOptions {
  readonly window: PickleWindow;
  /** Told of every text and every run of bytes that is long enough to hide a pickle. */
  readonly onLiteral?: (literal: SeenLiteral) => void;
  /** Whether an instance of this class is followed by bytes that are no opcodes (joblib). */
  readonly isArrayWrapper?: (module: string, name: string) => boolean;
  /** Told of every persistent id that is not a text. */
  readonly onPersistent?: (id: Value) => void;
  /** Told of what is put into a container or an instance: keys and values by turns, or elements. */
  readonly onItems?: (target: Value, values: readonly Value[], isKeyed: boolean) => void;
  /** Told of the state that an instance is given. */
  readonly onState?: (instance: Value, state: Value) => void;
}

export interface PickleMachine {
  /** Follows opcodes until it needs something. Call again when it is there. */
  step(): MachineState;
  readonly recorder: Recorder;
  /** Literals from outside the window, by their offset; the driver puts them there. */
  readonly literals: Map<number, Literal>;
  /** Atoms that the pickle itself hands to an unpickler. */
  readonly unpickled: ReadonlySet<number>;
  /** Opcodes followed so far. */
  opcodes(): number;
  /** After an `array`: puts what was read in the place of its wrapper. */
  replaceTop(value: Value): void;
}

/** Bytes of a literal shown to `onLiteral`. */
const HEAD_BYTES = 256;

/**
 * A pickle machine that follows one stream symbolically and calls nothing: what a call returns is "the result of that
 * call". What the real machine would stop at (a memo entry that is not there, an empty stack) is recorded and the rest
 * followed all the same, because an error is a way to hide what comes behind it from a scanner that stops there.
 */
export function createMachine({ window, onLiteral, onPersistent, onItems, onState, isArrayWrapper }: MachineOptions): PickleMachine {
  const recorder = createRecorder();
  const literals = new Map<number, Literal>();
  const memo = createMemo();
  const plainKeys = new Set<number>();
  const recalled = new Map<number, number>();
  const unpickled = new Set<number>();
  const begin = window.position;
  let opcodes = 0;
  let frameEnd = 0;
  let start = 0;
  let failure: CodeBreak | undefined;

  const invalid = (message: string): void => recorder.irregular('invalid-operand', start, `Opcode ${opcodeName(window.bytes[start - window.base] ?? 0) ?? '?'} ${message}.`);
  const stack = createStack(invalid);
  const fail = (code: CodeBreak['code'], message: string): void => void (failure ??= { code, message, offset: start });
  const tooMany = (): Value => {
    fail('format/limit-exceeded', 'The pickle names or calls more different things than any model does.');
    return MISSING;
  };

  const literalOf = (atom: number): Literal | undefined => {
    const index = atom - window.base;
    return literals.get(atom) ?? (index >= 0 && index < window.bytes.length ? decodeLiteral(window.bytes, index) : undefined);
  };
  /** The first of these atoms that has to be fetched. */
  const absent = (values: readonly Value[]): number | undefined => values.find((one): one is number => isAtom(one) && literalOf(one) === undefined);
  const context = (via: string) => ({ recorder, offset: start, via, literalOf });

  function importName(module: string, name: string, via: string): Value {
    const fact = recorder.name(module, name);
    if (!recorder.record('import', fact, via, start, () => `import ${expressionOf({ kind: 'name', fact }, literalOf)}`)) return tooMany();
    return { kind: 'name', fact };
  }

  function makerAtoms(callee: Value, args: Value): readonly number[] {
    if (isAtom(callee)) return [];
    if (callee.kind === 'name') return callee.fact.isNameMaker ? atomsOfArguments(args) : [];
    if (callee.kind !== 'call' || isAtom(callee.callee) || callee.callee.kind !== 'name' || !callee.callee.fact.isNameMaker) return [];
    return [...atomsOfArguments(callee.arguments), ...atomsOfArguments(args)];
  }

  function add(target: Value, values: readonly Value[], via: string): void {
    onItems?.(target, values, via.startsWith('SETITEM'));
    if (isContainer(target)) {
      addTo(target, values, start, recorder);
      return;
    }
    if (!isAtom(target) && (target.kind === 'call' || target.kind === 'opaque' || target.kind === 'persistent')) return;
    if (isAtom(target) || target.kind === 'constant') invalid('adds to something that is no container');
    else if (!recorder.record('change', targetOf(target), via, start, () => `${expressionOf(target, literalOf)} changed by ${via}`)) tooMany();
  }

  function build(instance: Value, state: Value): void {
    onState?.(instance, state);
    const text = (): string => `${expressionOf(instance, literalOf)}.__setstate__${argumentsOf(state, literalOf)}`;
    if (isAtom(instance) || isContainer(instance) || instance.kind === 'constant') {
      invalid('sets the state of something that has none');
      return;
    }
    const isInstance = instance.kind === 'call';
    const of = classOf(instance);
    const operands = of !== undefined && isFileWrapper(of) ? [arrayFile(state, literalOf)] : undefined;
    if (!recorder.record(isInstance ? 'build' : 'change', of ?? targetOf(instance), 'BUILD', start, text, operands)) tooMany();
    const attribute = calledAttribute(state, plainKeys, literalOf);
    if (attribute !== undefined && !recorder.record('change', `attribute ${attribute} of an object`, 'BUILD', start, text)) tooMany();
    if (isInstance) instance.state = state;
  }

  function remember(key: number): void {
    if (stack.height() === 0) invalid('remembers the top of an empty stack');
    else if (!memo.put(key, stack.peek(0))) fail('format/limit-exceeded', `The pickle remembers more values than the limit, or under the impossible number ${String(key)}.`);
  }

  function recall(key: number): void {
    const value = memo.get(key);
    if (value === undefined || value === UNSET) invalid(`asks for memo entry ${String(key)}, which was never set`);
    stack.push(value ?? UNSET);
    if (value === undefined || isAtom(value) || (value.kind !== 'list' && value.kind !== 'dict')) return;
    const recalls = (recalled.get(key) ?? 0) + 1;
    recalled.set(key, recalls);
    if (recalls === MANY_RECALLS) recorder.irregular('unusual-opcode', start, `One ${value.kind} is put into ${String(recalls)} places.`);
  }

  /** Frames tell a reader how much to fetch; implementations differ on what they mean when they do not fit the opcodes. */
  function checkFrame(code: number, opcodeEnd: number): void {
    if (code === OP.FRAME && start < frameEnd) recorder.irregular('frame-divergence', start, 'A frame begins before the one before it has ended.');
    else if (start < frameEnd && opcodeEnd > frameEnd) recorder.irregular('frame-divergence', start, 'An opcode crosses the end of its frame.');
    else if (code === OP.STOP && opcodeEnd < frameEnd) recorder.irregular('frame-divergence', start, 'The pickle stops before its frame ends, so that readers go on at different places.');
  }

  /** Follows one opcode whose operand lies at [from, to) of the bytes at hand (of a long one only the beginning). Not undefined: rewound. */
  function execute(code: number, from: number, to: number): MachineState | undefined {
    const { bytes } = window;
    // Literals, because the engine makes a jump table of those and compares anything else one by one.
    switch (code) {
      case 0x28: /* MARK */
        if (stack.marks.length >= MAX_MARKS) fail('format/limit-exceeded', `More than ${String(MAX_MARKS)} marks wait for their end.`);
        stack.marks.push(stack.values.length);
        return undefined;
      case 0x2e: /* STOP */ {
        const result = stack.pop();
        const rest = stack.values.length + stack.marks.length;
        if (rest > 0) recorder.irregular('unusual-opcode', start, `${String(rest)} values are left on the stack unused; no pickler leaves any.`);
        return { kind: 'stopped', result };
      }
      case 0x30: /* POP */ {
        if (stack.height() === 0 && stack.marks.length > 0) stack.marks.pop();
        else {
          const value = stack.pop();
          // A pickler that finds the object among its own arguments drops it and takes the one it remembers.
          const next = bytes[to] ?? 0;
          const isRecursive = next === OP.GET || next === OP.BINGET || next === OP.LONG_BINGET;
          if (!isAtom(value) && value.kind === 'call' && !isRecursive) recorder.irregular('unusual-opcode', start, 'The result of a call is thrown away, so it was called for its effect.');
        }
        return undefined;
      }
      case 0x31: /* POP_MARK */
        stack.popMark();
        return undefined;
      case 0x32: /* DUP */
        recorder.irregular('unusual-opcode', start, 'Opcode DUP, which no pickler writes.');
        if (stack.height() === 0) invalid('doubles the top of an empty stack');
        stack.push(stack.peek(0));
        return undefined;
      case 0x49: /* INT */
      case 0x4c: /* LONG */
      case 0x46: /* FLOAT */ {
        const text = latin1(bytesBetween(bytes, from, Math.min(to, from + 400))).trim();
        if (to - from <= 400 && Number.isNaN(Number(text.replace(/L$/, '').replace(/_/g, '').replace(/^([+-]?)(inf|infinity|nan)$/i, '0')))) invalid('has an operand that is no number');
        stack.push(start);
        return undefined;
      }
      case 0x53: /* STRING */
        if (!/^('.*'|".*")\s*$/s.test(ends(bytes, from, to))) invalid('has an operand without quotation marks');
        stack.push(start);
        return undefined;
      case 0x56: /* UNICODE */ case 0x4a: /* BININT */ case 0x4b: /* BININT1 */ case 0x4d: /* BININT2 */ case 0x4e: /* NONE */ case 0x88: /* NEWTRUE */ case 0x89: /* NEWFALSE */ case 0x47: /* BINFLOAT */
      case 0x8a: /* LONG1 */ case 0x8b: /* LONG4 */ case 0x54: /* BINSTRING */ case 0x55: /* SHORT_BINSTRING */ case 0x58: /* BINUNICODE */ case 0x8c: /* SHORT_BINUNICODE */ case 0x8d: /* BINUNICODE8 */
      case 0x42: /* BINBYTES */ case 0x43: /* SHORT_BINBYTES */ case 0x8e: /* BINBYTES8 */ case 0x96: /* BYTEARRAY8 */
        stack.push(start);
        return undefined;
      case 0x50: /* PERSID */
        stack.push({ kind: 'persistent', id: { kind: 'constant', text: latin1(bytesBetween(bytes, from, Math.min(to, from + HEAD_BYTES))) } });
        return undefined;
      case 0x51: /* BINPERSID */ {
        const id = stack.peek(0);
        const [tag, of] = !isAtom(id) && id.kind === 'tuple' ? id.items : [];
        const missing = tag === undefined ? undefined : absent([tag]);
        if (missing !== undefined) return { kind: 'literal', offset: missing };
        stack.pop();
        onPersistent?.(id);
        // PyTorch before 1.6 refers to a class with its source in this way and gets the class.
        const isClass = of !== undefined && !isAtom(of) && of.kind === 'name' && textOf(tag, literalOf) === 'module';
        stack.push(isClass ? of : { kind: 'persistent', id });
        return undefined;
      }
      case 0x52: /* REDUCE */ {
        const [callee, args] = [stack.peek(1), stack.peek(0)];
        const missing = absent(makerAtoms(callee, args));
        if (missing !== undefined) return { kind: 'literal', offset: missing };
        stack.pop();
        stack.pop();
        stack.push(call(callee, args, context('REDUCE')) ?? tooMany());
        const loaded = unpickledArgument(callee, args);
        if (loaded === 'computed' && !recorder.record('call', 'a pickle that the file puts together first', 'REDUCE', start, () => `${expressionOf(callee, literalOf)}${argumentsOf(args, literalOf)}`)) tooMany();
        if (typeof loaded === 'number' && unpickled.size < MAX_NESTED_PROGRAMS) unpickled.add(loaded);
        return undefined;
      }
      case 0x61: /* APPEND */ {
        const value = stack.pop();
        add(stack.peek(0), [value], 'APPEND');
        return undefined;
      }
      case 0x65: /* APPENDS */
      case 0x75: /* SETITEMS */
      case 0x90: /* ADDITEMS */ {
        const values = stack.popMark();
        if (code === OP.SETITEMS && values.length % 2 === 1) invalid('has a key without a value');
        add(stack.peek(0), values, opcodeName(code) ?? '');
        return undefined;
      }
      case 0x73: /* SETITEM */ {
        const value = stack.pop();
        const key = stack.pop();
        add(stack.peek(0), [key, value], 'SETITEM');
        return undefined;
      }
      case 0x62: /* BUILD */ {
        const of = classOf(stack.peek(1));
        const named = of !== undefined && isFileWrapper(of) ? fileNameAtoms(stack.peek(0)) : [];
        const missing = absent([...attributeAtoms(stack.peek(0), plainKeys), ...named]);
        if (missing !== undefined) return { kind: 'literal', offset: missing };
        const state = stack.pop();
        const instance = stack.peek(0);
        build(instance, state);
        if (of !== undefined && isArrayWrapper?.(of.module, of.name) === true) return { kind: 'array', wrapper: instance as CallValue };
        return undefined;
      }
      case 0x63: /* GLOBAL */
      case 0x69: /* INST */ {
        const middle = bytes.indexOf(10, from);
        const [module, name] = [utf8(bytesBetween(bytes, from, middle)), utf8(bytesBetween(bytes, middle + 1, to))];
        const value = importName(module, name, opcodeName(code) ?? '');
        if (code === OP.GLOBAL) stack.push(value);
        else stack.push(call(value, tupleOf(stack.popMark(), start, recorder), context('INST')) ?? tooMany());
        return undefined;
      }
      case 0x6f: /* OBJ */ {
        const [callee = MISSING, ...args] = stack.popMark();
        if (callee === MISSING) invalid('has no class');
        stack.push(call(callee, tupleOf(args, start, recorder), context('OBJ')) ?? tooMany());
        return undefined;
      }
      case 0x81: /* NEWOBJ */ {
        const args = stack.pop();
        stack.push(construct(stack.pop(), args, context('NEWOBJ')) ?? tooMany());
        return undefined;
      }
      case 0x92: /* NEWOBJ_EX */ {
        stack.pop();
        const args = stack.pop();
        stack.push(construct(stack.pop(), args, context('NEWOBJ_EX')) ?? tooMany());
        return undefined;
      }
      case 0x93: /* STACK_GLOBAL */ {
        const [module, name] = [stack.peek(1), stack.peek(0)];
        const missing = absent([module, name]);
        if (missing !== undefined) return { kind: 'literal', offset: missing };
        stack.pop();
        stack.pop();
        const [moduleText, nameText] = [textOf(module, literalOf), textOf(name, literalOf)];
        if (moduleText !== undefined && nameText !== undefined) stack.push(importName(moduleText, nameText, 'STACK_GLOBAL'));
        else {
          invalid('takes a name that is no text');
          if (!recorder.record('import', 'a name that the file computes', 'STACK_GLOBAL', start, () => `import ${expressionOf(module, literalOf)} . ${expressionOf(name, literalOf)}`)) tooMany();
          stack.push(opaque('something imported under a computed name'));
        }
        return undefined;
      }
      case 0x82: /* EXT1 */ case 0x83: /* EXT2 */ case 0x84: /* EXT4 */ {
        const number = littleEndian(bytes, from, to);
        recorder.irregular('extension-code', start, `Extension code ${String(number)} stands for something that only the reading program knows.`);
        if (!recorder.record('import', 'an extension code', opcodeName(code) ?? '', start, () => `import <extension ${String(number)}>`)) tooMany();
        stack.push(opaque('an extension code'));
        return undefined;
      }
      case 0x64: /* DICT */ case 0x6c: /* LIST */ case 0x74: /* TUPLE */ case 0x91: /* FROZENSET */ {
        const values = stack.popMark();
        if (code === OP.TUPLE) stack.push(tupleOf(values, start, recorder));
        else {
          const made = container(code === OP.DICT ? 'dict' : code === OP.LIST ? 'list' : 'frozenset');
          addTo(made, values, start, recorder);
          stack.push(made);
        }
        return undefined;
      }
      case 0x7d: /* EMPTY_DICT */ case 0x5d: /* EMPTY_LIST */ case 0x8f: /* EMPTY_SET */ case 0x29: /* EMPTY_TUPLE */
        stack.push(container(code === OP.EMPTY_DICT ? 'dict' : code === OP.EMPTY_LIST ? 'list' : code === OP.EMPTY_SET ? 'set' : 'tuple'));
        return undefined;
      case 0x85: /* TUPLE1 */
        stack.push(tupleOf([stack.pop()], start, recorder));
        return undefined;
      case 0x86: /* TUPLE2 */ {
        const last = stack.pop();
        stack.push(tupleOf([stack.pop(), last], start, recorder));
        return undefined;
      }
      case 0x87: /* TUPLE3 */ {
        const last = stack.pop();
        const middle = stack.pop();
        stack.push(tupleOf([stack.pop(), middle, last], start, recorder));
        return undefined;
      }
      case 0x67: /* GET */ case 0x68: /* BINGET */ case 0x6a: /* LONG_BINGET */
        recall(code === OP.GET ? lineNumber(bytes, from, to) : littleEndian(bytes, from, to));
        return undefined;
      case 0x70: /* PUT */ case 0x71: /* BINPUT */ case 0x72: /* LONG_BINPUT */
        remember(code === OP.PUT ? lineNumber(bytes, from, to) : littleEndian(bytes, from, to));
        return undefined;
      case 0x94: /* MEMOIZE */
        remember(memo.size());
        return undefined;
      case 0x80: /* PROTO */
        if (start !== begin) recorder.irregular('duplicate-protocol', start, 'The protocol is announced again inside of the pickle.');
        if ((bytes[from] ?? 0) > NEWEST_PROTOCOL) invalid(`announces protocol ${String(bytes[from])}, which does not exist`);
        return undefined;
      case 0x95: /* FRAME */
        frameEnd = window.base + to + littleEndian(bytes, from, to);
        return undefined;
      case 0x97: /* NEXT_BUFFER */
        stack.push(opaque('an out-of-band buffer'));
        return undefined;
      case 0x98: /* READONLY_BUFFER */
        return undefined;
      default:
        fail('format/malformed', `Byte 0x${code.toString(16).padStart(2, '0')} at offset ${String(start)} is no pickle opcode.`);
        return undefined;
    }
  }

  function step(): MachineState {
    for (let budget = OPCODES_A_SLICE; budget > 0; budget -= 1) {
      const { bytes, base } = window;
      const at = window.position - base;
      start = window.position;
      const code = bytes[at];
      if (code === undefined) return more(1, 'The pickle ends without a STOP opcode.');
      const shape = operandShape(code);
      let [from, to] = [at + 1, at + 1];
      // Opcodes that are none fail in `execute`.
      if (shape?.kind === 'fixed') to = from + shape.bytes;
      else if (shape?.kind === 'line') {
        const end = endOfLines(bytes, from, shape.lines);
        if (end < 0) return bytes.length - at > MAX_LINE_BYTES ? broken('format/limit-exceeded', 'A line of the pickle is longer than the limit.') : more(2 * (bytes.length - at) + 1, 'The pickle ends inside a line.');
        to = end;
      } else if (shape !== undefined) {
        from += shape.bytes;
        if (from > bytes.length) return more(from - at, 'The pickle ends inside a length.');
        const length = littleEndian(bytes, at + 1, from);
        if (shape.isSigned && length > 0x7fffffff) return broken('format/malformed', `An opcode at offset ${String(start)} has a negative length.`);
        to = from + length;
        if (base + to > window.source.size) return broken('format/truncated', `${String(length)} bytes are announced at offset ${String(start)}; the data end before.`);
      }
      const isCounted = shape?.kind === 'counted';
      if (to > bytes.length && !isCounted) return more(to - at, 'The pickle ends inside an opcode.');
      if (isCounted && to > bytes.length && from + HEAD_BYTES > bytes.length) return more(Math.min(to, from + HEAD_BYTES) - at, '');
      const length = to - from;
      const next = base + to + (shape?.kind === 'line' ? 1 : 0);
      if (frameEnd > 0) checkFrame(code, next);
      const state = execute(code, from, to);
      if (state?.kind === 'literal') return state;
      opcodes += 1;
      window.position = next;
      if (length >= MIN_NESTED_BYTES && onLiteral !== undefined && shape?.kind !== 'fixed' && code !== OP.GLOBAL && code !== OP.INST) {
        const kind = shape?.kind === 'line' ? 'escaped' : code === OP.BINUNICODE || code === OP.SHORT_BINUNICODE || code === OP.BINUNICODE8 ? 'text' : 'bytes';
        onLiteral({ atom: start, offset: base + from, length, kind, head: bytesBetween(bytes, from, Math.min(to, from + HEAD_BYTES, bytes.length)) });
      }
      if (failure !== undefined) return { kind: 'broken', break: failure };
      if (stack.values.length > MAX_STACK_VALUES) return broken('format/limit-exceeded', `More than ${String(MAX_STACK_VALUES)} values wait on the stack.`);
      if (state !== undefined) return state;
    }
    return { kind: 'pause' };
  }

  function more(count: number, message: string): MachineState {
    if (window.base + window.bytes.length < window.source.size && window.position < window.source.size) return { kind: 'bytes', count };
    return broken('format/truncated', message);
  }

  function broken(code: CodeBreak['code'], message: string): MachineState {
    fail(code, message);
    return { kind: 'broken', break: failure ?? { code, message, offset: start } };
  }

  return { step, recorder, literals, unpickled, opcodes: () => opcodes, replaceTop: (value) => { stack.pop(); stack.push(value); } };
}
