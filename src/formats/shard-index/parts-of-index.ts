import type { Artifact } from '../../artifacts/artifact.ts';
import { GateError } from '../../errors.ts';
import { duplicateKeys } from '../json/duplicate-keys.ts';
import { parseJson } from '../json/parse-json.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import { readText } from '../text/read-text.ts';
import { filesOfIndex } from './files-of-index.ts';
import { MAX_INDEX_BYTES } from './max-index-bytes.ts';
import { missingShards } from './missing-shards.ts';

/** All are open at once while they are read; the largest published model has 191 (CWE-770). */
const MAX_PARTS = 1000;

/**
 * The files of a model in several files, each with the tensors that the index says lie in it, in the order of the index. Unlike the
 * reader of the format, which tells what is odd about an index, this is for whoever takes the files for one model: an index that
 * contradicts itself, leaves its folder, or has gaps in its series is no such model. Throws `format/malformed`, `format/limit-exceeded`.
 */
export async function partsOfIndex(artifact: Artifact): Promise<ReadonlyMap<string, readonly string[]>> {
  const { text } = await readText(artifact, MAX_INDEX_BYTES);
  const fail = (code: GateError['code'], message: string, cause?: GateError): GateError =>
    new GateError({ code, message, where: { ...cause?.where, artifact: artifact.path }, nextStep: 'Save the model again, index and files together.', ...(cause === undefined ? {} : { cause }) });
  let files: ReadonlyMap<string, readonly string[]>;
  try {
    const root = parseJson(text);
    const [twice] = duplicateKeys(root);
    if (twice !== undefined) throw fail('format/malformed', `The index has the ${twice.place} more than once.`);
    files = filesOfIndex(root);
  } catch (error) {
    throw error instanceof GateError && error.where?.artifact === undefined ? fail(error.code, error.message, error) : error;
  }
  if (files.size === 0) throw fail('format/malformed', 'The index names no file.');
  if (files.size > MAX_PARTS) throw fail('format/limit-exceeded', `The index names ${String(files.size)} files; up to ${String(MAX_PARTS)} are read as one model.`);
  for (const file of files.keys()) {
    const { kind, detail } = oddityOfPath(file, '');
    if (kind === 'escaping-path') throw fail('format/malformed', detail);
  }
  const [gap] = missingShards([...files.keys()]);
  if (gap !== undefined) throw fail('format/malformed', `${gap.place}: ${gap.detail}`);
  return files;
}
