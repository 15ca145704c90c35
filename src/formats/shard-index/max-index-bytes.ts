/** A hundred bytes a tensor; the largest published index has 10 MB (CWE-770). */
export const MAX_INDEX_BYTES = 128 * 2 ** 20;
