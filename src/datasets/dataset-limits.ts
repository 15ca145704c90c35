/** Bounds for reading datasets. What a dataset claims never decides how much memory or time is spent (CWE-400, CWE-770). */

/** A dataset whose decoded samples are no larger is read once and held: 80,000 32x32 color images. */
export const MAX_HELD_BYTES = 256 * 2 ** 20;

/** A file that has to be in memory as a whole: .npz, gzip, Arrow. ImageNet's largest shards have half of it. */
export const MAX_WHOLE_FILE_BYTES = 1024 ** 3;

/** Width times height of one image; decoders hold several copies (CWE-409). */
export const MAX_IMAGE_PIXELS = 40_000_000;

/** One image file, or one image inside of another file. */
export const MAX_IMAGE_BYTES = 64 * 2 ** 20;

/** One row of a table: a long document with room to spare. */
export const MAX_ROW_CHARACTERS = 4 * 2 ** 20;

/** Columns of a table or values of an array's row. */
export const MAX_COLUMNS = 100_000;

/** Class numbers and names. ImageNet-21k has 21,841; more are not classes but values. */
export const MAX_CLASSES = 100_000;

/** Bytes of one file's beginning that say what it is. */
export const SNIFFED_BYTES = 1024;
