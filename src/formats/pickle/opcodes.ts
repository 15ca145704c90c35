/** What follows the byte of an opcode. `fixed`: so many bytes. `line`: text up to a newline. `counted`: a length of so many bytes, then as many. */
export type OperandShape =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'line'; readonly lines: 1 | 2 }
  | { readonly kind: 'counted'; readonly bytes: 1 | 4 | 8; readonly isSigned: boolean };

interface Opcode {
  readonly code: number;
  readonly operand: OperandShape;
}

const fixed = (code: number | string, bytes = 0): Opcode => ({ code: byteOf(code), operand: { kind: 'fixed', bytes } });
const line = (code: string, lines: 1 | 2 = 1): Opcode => ({ code: byteOf(code), operand: { kind: 'line', lines } });
const counted = (code: number | string, bytes: 1 | 4 | 8, isSigned = false): Opcode => ({ code: byteOf(code), operand: { kind: 'counted', bytes, isSigned } });

function byteOf(code: number | string): number {
  return typeof code === 'number' ? code : code.charCodeAt(0);
}

/** Every opcode of protocols 0 to 5, as in Lib/pickletools.py of CPython 3.14. */
const OPCODES = {
  MARK: fixed('('), STOP: fixed('.'), POP: fixed('0'), POP_MARK: fixed('1'), DUP: fixed('2'),
  FLOAT: line('F'), INT: line('I'), BININT: fixed('J', 4), BININT1: fixed('K', 1), LONG: line('L'), BININT2: fixed('M', 2),
  NONE: fixed('N'), PERSID: line('P'), BINPERSID: fixed('Q'), REDUCE: fixed('R'),
  STRING: line('S'), BINSTRING: counted('T', 4, true), SHORT_BINSTRING: counted('U', 1),
  UNICODE: line('V'), BINUNICODE: counted('X', 4), APPEND: fixed('a'), BUILD: fixed('b'), GLOBAL: line('c', 2),
  DICT: fixed('d'), EMPTY_DICT: fixed('}'), APPENDS: fixed('e'), GET: line('g'), BINGET: fixed('h', 1), INST: line('i', 2),
  LONG_BINGET: fixed('j', 4), LIST: fixed('l'), EMPTY_LIST: fixed(']'), OBJ: fixed('o'), PUT: line('p'), BINPUT: fixed('q', 1),
  LONG_BINPUT: fixed('r', 4), SETITEM: fixed('s'), TUPLE: fixed('t'), EMPTY_TUPLE: fixed(')'), SETITEMS: fixed('u'), BINFLOAT: fixed('G', 8),
  PROTO: fixed(0x80, 1), NEWOBJ: fixed(0x81), EXT1: fixed(0x82, 1), EXT2: fixed(0x83, 2), EXT4: fixed(0x84, 4),
  TUPLE1: fixed(0x85), TUPLE2: fixed(0x86), TUPLE3: fixed(0x87), NEWTRUE: fixed(0x88), NEWFALSE: fixed(0x89),
  LONG1: counted(0x8a, 1), LONG4: counted(0x8b, 4, true), BINBYTES: counted('B', 4), SHORT_BINBYTES: counted('C', 1),
  SHORT_BINUNICODE: counted(0x8c, 1), BINUNICODE8: counted(0x8d, 8), BINBYTES8: counted(0x8e, 8), EMPTY_SET: fixed(0x8f), ADDITEMS: fixed(0x90),
  FROZENSET: fixed(0x91), NEWOBJ_EX: fixed(0x92), STACK_GLOBAL: fixed(0x93), MEMOIZE: fixed(0x94), FRAME: fixed(0x95, 8),
  BYTEARRAY8: counted(0x96, 8), NEXT_BUFFER: fixed(0x97), READONLY_BUFFER: fixed(0x98),
} as const;

export type OpcodeName = keyof typeof OPCODES;

/** The byte of every opcode, by its name. */
export const OP = Object.fromEntries(Object.entries(OPCODES).map(([name, { code }]) => [name, code])) as Readonly<Record<OpcodeName, number>>;

const NAMES: (OpcodeName | undefined)[] = new Array<OpcodeName | undefined>(256).fill(undefined);
const SHAPES: (OperandShape | undefined)[] = new Array<OperandShape | undefined>(256).fill(undefined);
for (const [name, { code, operand }] of Object.entries(OPCODES)) {
  NAMES[code] = name as OpcodeName;
  SHAPES[code] = operand;
}

/** Name of the opcode with this byte; undefined for the bytes that are none. */
export const opcodeName = (code: number): OpcodeName | undefined => NAMES[code];

/** What follows that byte. */
export const operandShape = (code: number): OperandShape | undefined => SHAPES[code];

/** The newest protocol these opcodes are of; Python refuses a later one before it reads on. */
export const NEWEST_PROTOCOL = 5;
