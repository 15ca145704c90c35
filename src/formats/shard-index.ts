import { GateError } from '../errors.ts';
import type { FileOddity } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import { parseJson } from './json/parse-json.ts';
import { oddityOfPath } from './oddities/oddity-of-path.ts';
import { shown } from './oddities/shown.ts';
import { absentParts } from './shard-index/absent-parts.ts';
import { filesOfIndex } from './shard-index/files-of-index.ts';
import { MAX_INDEX_BYTES } from './shard-index/max-index-bytes.ts';
import { missingShards } from './shard-index/missing-shards.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

const NAME = /\.index\.json$/i;
/** Files under such names are gated by the ready policies; a loader opens an index's files whatever they are called. */
const WEIGHTS = /\.(?:safetensors|bin|pt|pth|h5|msgpack)$/i;

/** The index of a model in several files: which tensor lies in which of them (`model.safetensors.index.json`, `pytorch_model.bin.index.json`). */
export const shardIndex: FormatReader = {
  meta: {
    id: 'shard-index',
    title: 'Index of a model in several files',
    extensions: ['.safetensors.index.json', '.bin.index.json'],
    specification: 'https://huggingface.co/docs/transformers/big_models (transformers 4.57)',
    provides: ['structure'],
    since: '0.2.0',
  },
  match(head, path) {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1').trimStart();
    return text.startsWith('{') && (NAME.test(path) || text.includes('"weight_map"')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text, offsetOf } = await readText(artifact, MAX_INDEX_BYTES);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the index was cancelled.' });
    try {
      const root = parseJson(text);
      const files = filesOfIndex(root);
      const beside = [...files].filter(([file]) => oddityOfPath(file, '').kind !== 'escaping-path');
      const oddities: FileOddity[] = [
        ...duplicateKeys(root).map((one) => (one.bytes === undefined ? one : { ...one, bytes: { offset: offsetOf(one.bytes.offset), length: one.bytes.length } })),
        ...[...files.keys()].map((file) => oddityOfPath(file, 'a file of the index')),
        ...[...files.keys()].filter((file) => !WEIGHTS.test(file)).map((file): FileOddity => ({ kind: 'unknown-extension', place: 'a file of the index', detail: `The file ${shown(file)} is loaded as weights and is not called like a file of weights, so that nothing else may look at it.` })),
        ...missingShards([...files.keys()]),
        ...(context.peekCompanion === undefined ? [] : await absentParts(new Map(beside), context.peekCompanion, context.signal)),
      ];
      const tensors = [...files.values()].reduce((sum, names) => sum + names.length, 0);
      return {
        artifact, format: 'shard-index', facets: { structure: { examined: tensors, oddities } },
        problems: {}, absences: absentWeights('The tensors lie in the files of the index, which are artifacts of their own.'), unclaimed: [], companions: [],
        notes: [`${String(tensors)} tensors in ${String(files.size)} files.`],
      };
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, offset: offsetOf(error.where?.offset ?? 0) }, nextStep: 'Save the model again.', cause: error });
    }
  },
};
