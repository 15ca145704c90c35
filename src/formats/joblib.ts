import { atMost } from '../artifacts/at-most.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { hasLz4Magic, unpackLz4 } from './joblib/lz4-frame.ts';
import { hasZfilePrefix, unpackZfile } from './joblib/zfile.ts';
import { looksLikePickle } from './pickle/looks-like-pickle.ts';
import { modelOfPickles } from './pickle/model-of-pickles.ts';
import { readPickles } from './pickle/read-pickles.ts';

/** Bytes unpacked of one file, which are held in memory (CWE-409). */
const MAX_UNPACKED_BYTES = 2 ** 30;

/**
 * joblib files in the two packings that only joblib uses for pickles: its own "ZF" (before 0.10) and LZ4 frames. Files it
 * wrote with zlib, gzip, bzip2, xz or lzma are archives with one member, and unpacked ones are pickles. What "ZF" holds
 * is a pickle, or the numbers of one array beside a pickle.
 */
export const joblib: FormatReader = {
  meta: {
    id: 'joblib',
    title: 'joblib, packed',
    extensions: ['.joblib', '.pkl'],
    specification: 'https://github.com/joblib/joblib/blob/1.5.2/joblib/numpy_pickle_compat.py (read_zfile); lz4_Frame_format.md 1.6.4',
    provides: ['code'],
    since: '0.1.0',
  },
  match(head) {
    return hasZfilePrefix(head) || hasLz4Magic(head) ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    const packed = await artifact.bytes.read(0, artifact.bytes.size);
    let unpacked: Uint8Array;
    try {
      unpacked = hasZfilePrefix(packed) ? unpackZfile(packed, MAX_UNPACKED_BYTES) : unpackLz4(packed, MAX_UNPACKED_BYTES);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, ...error.where }, ...(error.nextStep === undefined ? {} : { nextStep: error.nextStep }), cause: error });
    }
    const isPickle = looksLikePickle(atMost(unpacked, 64 * 1024), unpacked.length > 64 * 1024) !== 'no';
    if (!isPickle) {
      return {
        artifact, format: 'joblib', facets: { code: { programs: [], unexamined: [] } }, problems: {}, absences: {}, unclaimed: [], companions: [],
        notes: [`What was packed is no pickle: ${String(unpacked.length)} bytes of an array, as joblib kept them beside one.`],
      };
    }
    return modelOfPickles(artifact, 'joblib', await readPickles(memorySource(unpacked, artifact.path), signal), 'unpacked');
  },
};
