/** Groups, datasets and committed types that are looked at. Models have some thousands; each costs a read (CWE-770). */
export const MAX_HDF5_OBJECTS = 200_000;

/** Messages of one object's header, and blocks that they are spread over. */
export const MAX_HDF5_MESSAGES = 10_000;
export const MAX_HDF5_CONTINUATIONS = 1_000;

/** One block of a header; the library itself stops at 64 KiB a message. */
export const MAX_HDF5_BLOCK_BYTES = 16 * 2 ** 20;

/** Nodes of one group's tree; each holds up to 32 names by default. */
export const MAX_HDF5_NODES = 100_000;
export const MAX_HDF5_TREE_DEPTH = 32;

/** Names of one group, as bytes. */
export const MAX_HDF5_NAME_HEAP_BYTES = 64 * 2 ** 20;

/** A name, and what is looked through for its end. */
export const MAX_HDF5_NAME_BYTES = 65_536;

/** Bytes of headers and trees that are read in all: a small file can lead to the same block from everywhere (CWE-400). */
export const MAX_HDF5_READ_BYTES = 2 * 2 ** 30;

/** A collection of texts: it holds what attributes refer to, such as a model's configuration. */
export const MAX_HDF5_COLLECTION_BYTES = 256 * 2 ** 20;

/** Where a file may begin: its first bytes are looked for at 0, 512 and every power of two from there (HDF5 specification II.A), and here within what a reader sees. */
export const MAX_HDF5_USER_BLOCK_BYTES = 32_768;

/** Dimensions of a dataset; the library's own limit. */
export const MAX_HDF5_RANK = 32;
