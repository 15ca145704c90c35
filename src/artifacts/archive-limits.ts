/**
 * The limits of opening archives. They bound time, memory and the number of processes whatever an archive claims; past
 * one of them the archive is "too much to tell" (`format/limit-exceeded`), never clear (CWE-409, CWE-674, CWE-770).
 */

/** Archives inside archives. A .tar.gz in a zip needs three; a quine that holds itself would need any number. */
export const MAX_ARCHIVE_DEPTH = 8;

/** Members of one archive. The largest wheels and sharded checkpoints have some 20,000; each costs 5 KiB of memory here. */
export const MAX_ARCHIVE_MEMBERS = 50_000;

/** Members of one file, at any depth, that are inspected by themselves: a process each. Sharded repositories have hundreds. */
export const MAX_INSPECTED_MEMBERS = 2_000;

/**
 * Bytes that unpacking one file may give in all, at any depth and without those that are merely stored: twice the largest
 * compressed checkpoint we know of, and minutes of work.
 */
export const MAX_EXPANDED_BYTES = 64 * 2 ** 30;

/** An unpacked member is held in memory while it is read; the same bound as for whole files (protobuf's own limit). */
export const MAX_MEMBER_BYTES = 2 ** 31 - 1;

/**
 * How many times its packed size a member may grow. Deflate cannot pass 1,032; weights that are mostly zeros reach 1,000
 * too, so the ratio counts only beyond the bytes that anybody can afford.
 */
export const MAX_EXPANSION_RATIO = 200;
export const RATIO_FREE_BYTES = 256 * 2 ** 20;

/** The directory of an archive is read at once: 50,000 entries of 250 bytes fit five times. */
export const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;

/** Bytes kept of each member to tell what it is: the longest signature (tar's, at 257) and a text to look at. */
export const MEMBER_HEAD_BYTES = 4096;
/** And of its end: the end record of a zip with a short comment. */
export const MEMBER_TAIL_BYTES = 256;

/** What LZMA looks back into; xz -9 uses 64 MiB, and the format allows 4 GiB (CWE-789). */
export const MAX_DICTIONARY_BYTES = 512 * 2 ** 20;

/** Packed bytes read at a time while unpacking. */
export const UNPACK_CHUNK_BYTES = 256 * 1024;

/** Name of a member as reports show it: PATH_MAX on Linux is 4,096 bytes, and whoever needs more hides something. */
export const MAX_MEMBER_NAME_CHARACTERS = 1024;
