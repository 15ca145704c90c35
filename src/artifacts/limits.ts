/**
 * The limits of what is read from disk and from git before any format reader sees it. A limit is a physical or
 * documented bound where there is one; where it is a choice, the comment says what the choice has to leave room for.
 * Limits of one format live beside its reader.
 */

/**
 * The longest piece one `ByteSource.read` hands out: the longest Buffer that every supported Node can make (Node 20
 * stops at 4 GiB). A length field cannot ask for more, whatever the file's size (CWE-789).
 */
export const MAX_READ_BYTES = 2 ** 32 - 1;

/** One system call reads at most this much: `read(2)` and Node both stop just below 2 GiB. */
export const MAX_SYSTEM_READ_BYTES = 2 ** 30;

/** Bytes hashed at a time. Two such pieces are alive at once; larger ones were not faster (bench/hash). */
export const HASH_CHUNK_BYTES = 2 ** 20;

/** A Git LFS pointer is shorter than this: the LFS specification, "Pointer files must be less than 1024 bytes". */
export const MAX_POINTER_BYTES = 1023;

/** Digits of the longest varint: 64 bits in groups of seven. */
export const MAX_VARINT_BYTES = 10;

/**
 * Folder entries one walk looks at. Ten times the largest monorepo we know of; beyond it somebody planted a maze of
 * links or named `/` (CWE-400). Passing it is an error of the whole run, never a shorter list.
 */
export const MAX_WALK_ENTRIES = 5_000_000;

/** Folders inside folders. PATH_MAX (4,096 bytes) allows 2,048; a walk that needs more follows links in circles (CWE-674). */
export const MAX_WALK_DEPTH = 256;

/** The longest companion path a model may name: PATH_MAX on Linux, so a longer one cannot exist (CWE-22 checks run on less). */
export const MAX_COMPANION_PATH_BYTES = 4096;

/** Files one model may be made of. The largest sharded models have some hundreds; each is hashed and kept open (CWE-770). */
export const MAX_COMPANIONS = 10_000;

/** What git may print: about half a million changed paths. Past it the changes are unknown, never cut short. */
export const MAX_GIT_OUTPUT_BYTES = 128 * 2 ** 20;

/** Comparing two trees takes git seconds, even in large repositories; past this it hangs on a lock or a dead mount. */
export const GIT_TIMEOUT_MILLISECONDS = 120_000;

/** A file read at a commit (policy, lockfile, sidecar) is text for people; 16 MiB is a lockfile of 60,000 artifacts. */
export const MAX_FILE_AT_REF_BYTES = 16 * 2 ** 20;

/** A dataset's manifest: a line a file and one a sample, 120 bytes each; a quarter of a million files with a sample each. Twice this is what git may print. */
export const MAX_MANIFEST_BYTES = 64 * 2 ** 20;

/** An earlier version fetched from git for comparison: the 2 GiB at which ONNX files end, and git's hosts long before. */
export const MAX_EARLIER_VERSION_BYTES = 2 ** 31 - 1;

/** Commits of one file's history that are looked through for an approved version; each costs two short runs of git. */
export const MAX_SEARCHED_COMMITS = 200;

/** Documented cap of GitHub's "list pull request files"; a longer list is cut there without a word. */
export const MAX_PULL_REQUEST_FILES = 3000;

/** Documented cap of the files in GitHub's "compare two commits". */
export const MAX_COMPARED_FILES = 300;

/** The largest page GitHub's list endpoints return. */
export const API_PAGE_FILES = 100;

/** Side of a picture the report carries, in pixels: a contact sheet is below 1,000; a browser pays for the area (CWE-400). */
export const MAX_PICTURE_EDGE = 1024;

/** One picture as PNG. The largest contact sheet has 1.15 MB of pixels, and noise does not compress (CWE-770). */
export const MAX_PICTURE_BYTES = 1_310_720;

/** Observations of one result that get pictures; detectors name the most telling first. */
export const MAX_PICTURED_OBSERVATIONS = 4;

/** Pictures of one observation: contact sheet, mask and pattern, and the samples a detector of datasets suspects. */
export const MAX_OBSERVATION_PICTURES = 4;

/** All pictures of one artifact: four contact sheets of noise, dozens of natural images. As base64 they fit a cache entry. */
export const MAX_INSPECTION_PICTURE_BYTES = 4 * 2 ** 20;

/** All pictures of a run, which are held in memory until they are written; a share of it for each artifact (CWE-770). */
export const MAX_RUN_PICTURE_BYTES = 256 * 2 ** 20;
