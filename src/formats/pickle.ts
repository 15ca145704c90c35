import type { Artifact } from '../artifacts/artifact.ts';
import { GateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { isLegacyTorch } from './pickle/legacy-head.ts';
import { looksLikePickle } from './pickle/looks-like-pickle.ts';
import { modelOfPickles } from './pickle/model-of-pickles.ts';
import { readPickles } from './pickle/read-pickles.ts';

/** Names under which a file is taken for a pickle even where its first bytes do not say so. */
const EXTENSIONS = ['.pkl', '.pickle', '.p', '.dill', '.joblib'] as const;

/**
 * Python pickles, protocols 0 to 5, also several in a file, and joblib's, between whose opcodes arrays lie. A valid file
 * is pickles and nothing else, each ending with STOP.
 */
export const pickle: FormatReader = {
  meta: {
    id: 'pickle',
    title: 'Python pickle',
    extensions: ['.pkl', '.pickle', '.dill', '.joblib', '.pt', '.pth', '.bin'],
    specification: 'https://github.com/python/cpython/blob/3.14/Lib/pickletools.py (protocols 0 to 5)',
    provides: ['code'],
    since: '0.1.0',
  },
  match(head, path) {
    if (isLegacyTorch(head)) return undefined;
    if (looksLikePickle(head, true) !== 'no') return 'certain';
    return EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension)) ? 'possible' : undefined;
  },
  async read(artifact, context) {
    return readPickleFile(artifact, context);
  },
};

async function readPickleFile(artifact: Artifact, { signal }: ReadContext): Promise<Model> {
  const reading = await readPickles(artifact.bytes, signal);
  if (reading.programs.length === 0) {
    throw new GateError({
      code: 'format/truncated', message: 'The file is empty.', where: { artifact: artifact.path, offset: 0 }, nextStep: 'Fetch or write the file again.',
    });
  }
  return modelOfPickles(artifact, 'pickle', reading);
}
