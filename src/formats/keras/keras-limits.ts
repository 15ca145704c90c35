/** The JSON of a model. The largest published configurations have some MB; parsed it takes a hundred bytes a value (CWE-770). */
export const MAX_KERAS_CONFIG_BYTES = 64 * 2 ** 20;

/** Different things one configuration uses. Networks of a thousand layers use some dozens. */
export const MAX_KERAS_ACTIONS = 20_000;

/** Lambda functions of one configuration that are decoded; each is a program of its own in the report. */
export const MAX_KERAS_FUNCTIONS = 500;

/** Bytes of one function's bytecode; ordinary ones have hundreds. */
export const MAX_BYTECODE_BYTES = 16 * 2 ** 20;

/** Code objects inside code objects, tuples inside tuples; Python stops at 2,000, people at five (CWE-674). */
export const MAX_MARSHAL_DEPTH = 200;

/** Different names and texts kept of one function. */
export const MAX_BYTECODE_NAMES = 1_000;

/** Characters of a name, a path or a text that are kept; reports repeat them. */
export const MAX_KEPT_CHARACTERS = 1_000;
