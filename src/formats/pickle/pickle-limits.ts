/**
 * What the symbolic pickle machine is willing to hold. A legal file beyond a limit ends with `format/limit-exceeded` or
 * as unexamined, never as clear.
 */

/** Bytes fetched at a time. A pickle is read once from front to back, so more would only wait in memory. */
export const WINDOW_BYTES = 4 * 2 ** 20;

/** Bytes kept behind the next opcode, so that names and arguments just read need no second read. */
export const WINDOW_HISTORY_BYTES = 256 * 1024;

/** Opcodes between two looks at the clock and the cancel signal. */
export const OPCODES_A_SLICE = 100_000;

/** Values on the stack. A tuple of four million elements fits; a file of nothing but values is stopped (CWE-770). */
export const MAX_STACK_VALUES = 8_000_000;

/** Memo entries, of 8 bytes each: 100 MB of pairs of small numbers, each remembered, have 17 million. */
export const MAX_MEMO_ENTRIES = 32_000_000;

/** Containers the memo keeps with their content, at some 150 bytes each. Later ones without names or calls are kept as "a list". */
export const MAX_MEMO_CONTAINERS = 500_000;

/** Memo keys a file may choose itself lie below this: CPython would allocate a table up to the key (CWE-789). */
export const MAX_MEMO_KEY = 2 ** 31 - 1;

/** Elements of a container that are looked at again: names, arguments and array descriptions have a dozen. */
export const MAX_KEPT_ITEMS = 64;

/** Marks that wait for their end. Python's own recursion stops a pickler at some 500 levels; 100,000 are an attack (CWE-674). */
export const MAX_MARKS = 100_000;

/** The longest line of a protocol 0 opcode. Python 2 wrote whole arrays as one escaped line. */
export const MAX_LINE_BYTES = 512 * 2 ** 20;

/** The longest text kept as a name or an argument. Python's own names are below 1,000 characters. */
export const MAX_TEXT_BYTES = 64 * 1024;

/** Different actions of one program. The largest ordinary pickles import some hundred names; more hide one among many. */
export const MAX_ACTIONS = 20_000;

/** Irregularities told of one program; the first are the telling ones. */
export const MAX_IRREGULARITIES = 100;

/** Pickles in one file, one behind the other. */
export const MAX_STREAMS = 100_000;

/** Characters of one line of pseudo-code, and levels of values inside of values it shows. */
export const MAX_PSEUDO_CODE_CHARACTERS = 240;
export const MAX_PSEUDO_CODE_DEPTH = 4;

/** Values that hide a pickle in a value in a value: each needs a program that unpacks it; nobody writes eight by accident. */
export const MAX_NESTED_DEPTH = 8;

/** Pickles opened inside of values of one artifact. */
export const MAX_NESTED_PROGRAMS = 2_000;

/** Bytes decoded or unpacked from values of one artifact: a quarter of the inspection's memory at most (CWE-409). */
export const MAX_NESTED_BYTES = 256 * 2 ** 20;

/** The shortest value looked into. The shortest pickle that calls anything, `cA\nB\n)R.`, has nine bytes. */
export const MIN_NESTED_BYTES = 9;

/** Values of a program remembered for a look inside. Each costs some 50 bytes. */
export const MAX_NESTED_CANDIDATES = 1_000_000;

/**
 * Containers that hold the same container twice, one inside of the other. Two to the power of this is what hashing or
 * printing such a value costs ("billion laughs", CWE-776); shared parts of ordinary data reach two or three levels.
 */
export const MAX_SHARED_LEVELS = 6;

/** Places one list or dictionary may be put into before it is told: shared defaults reach some dozen, attacks on memory need many. */
export const MANY_RECALLS = 100;
