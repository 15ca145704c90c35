import { open } from 'node:fs/promises';
import { looksLikePickle } from '../formats/pickle/looks-like-pickle.ts';

/** Names that models share with data, texts and settings of all kinds. */
const SHARED_NAME = /\.(?:sav|pk|p|dat|data|model|mdl|params|weights)$|(?:^|\/)model\.json$/i;

/** Enough to know a format by its beginning. */
const HEAD_BYTES = 4096;

/** Beginnings of what readers know, as Latin-1: archives and packings, HDF5, NumPy, joblib, GGUF, CatBoost, XGBoost, LightGBM, pointers. */
const BEGINNINGS: readonly string[] = [
  'PK\x03\x04', 'PK\x05\x06', '7z\xbc\xaf\x27\x1c', '\x1f\x8b', 'BZh', '\xfd7zXZ\0', '\x5d\0\0', '\x28\xb5\x2f\xfd', '\x04\x22\x4d\x18', '\x78\x01', '\x78\x5e', '\x78\x9c', '\x78\xda', 'ZF0x',
  '\x89HDF\r\n\x1a\n', '\x93NUMPY', 'GGUF', 'CBM1', 'binf', 'bs64', 'tree\n', 'tree\r\n', 'version https://git-lfs', '\x7fELF', 'MZ', '#!',
];

/** Keys of TF.js, Keras and XGBoost, one of which each of their JSON files has. */
const JSON_KEYS = /"(?:modelTopology|weightsManifest|model_config|class_name|learner|auto_map|_target_)"/;

/**
 * Whether a file whose name models share with other files begins like nothing that a reader knows. Looked at by bytes alone; whatever is not
 * plainly another program's is inspected. What cannot be read is not of another program: the inspection says why.
 */
export async function isFileOfOtherProgram(file: string): Promise<boolean> {
  if (!SHARED_NAME.test(file)) return false;
  const head = await headOf(file);
  if (head === undefined) return false;
  const text = Buffer.from(head).toString('latin1');
  if (BEGINNINGS.some((one) => text.startsWith(one)) || text.slice(257, 262) === 'ustar' || text.slice(4, 8) === 'TFL3') return false;
  // XGBoost's UBJSON begins like JSON; in a long one the keys may lie further back.
  if (/^\s*\{/.test(text)) return /\.json$/i.test(file) && head.byteLength < HEAD_BYTES && !JSON_KEYS.test(text) && !text.includes('\\u');
  return looksLikePickle(head, head.byteLength === HEAD_BYTES) === 'no';
}

async function headOf(file: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      const head = new Uint8Array(HEAD_BYTES);
      const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
      return head.slice(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
