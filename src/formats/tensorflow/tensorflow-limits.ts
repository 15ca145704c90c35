/** Nodes of a file, functions included. The largest published graphs have some 300,000 (CWE-770). */
export const MAX_TENSORFLOW_NODES = 1_000_000;

/** Functions of a file. */
export const MAX_TENSORFLOW_FUNCTIONS = 200_000;

/** Different things that operators of one file do: an operator with its operands is one. */
export const MAX_TENSORFLOW_ACTIONS = 20_000;

/** A name of a node or an operator. */
export const MAX_TENSORFLOW_NAME_BYTES = 16_384;

/** Steps back from a file name to what it is made of; savers need about six. */
export const MAX_TRACE_DEPTH = 100;
/** Nodes looked at for all names of one file together. */
export const MAX_TRACE_STEPS = 1_000_000;
/** Texts that one name may be; a list of files has as many. */
export const MAX_TRACED_TEXTS = 64;
/** Characters of all texts that are kept while texts are followed: many joins of many alternatives multiply (CWE-770). */
export const MAX_TRACED_TOTAL_CHARACTERS = 64 * 2 ** 20;
/** Characters of one; PATH_MAX on Linux. */
export const MAX_TRACED_CHARACTERS = 4_096;

/** JSON that Keras keeps beside the objects of a SavedModel. */
export const MAX_METADATA_BYTES = 64 * 2 ** 20;
