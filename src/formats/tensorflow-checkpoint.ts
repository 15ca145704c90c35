import type { Artifact } from '../artifacts/artifact.ts';
import { windowedSource } from '../artifacts/windowed-source.ts';
import { GateError } from '../errors.ts';
import type { Tensors } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { FileOddity } from '../model/structure.ts';
import { elementCountOf, rawByteLength } from '../onnx/data-type.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { rawTensors } from './raw-tensors.ts';
import type { RawTensor } from './raw-values.ts';
import { readBundleEntry, readBundleHeader, type BundleEntry } from './tensorflow/bundle-entry.ts';
import { endsAsTable, readTable } from './tensorflow/read-table.ts';
import { TENSORFLOW_DATA_TYPES } from './tensorflow/tensorflow-data-types.ts';

/** Files that one checkpoint is spread over. */
const MAX_SHARDS = 10_000;
/** Oddities that are listed; one is reason enough. */
const MAX_ODDITIES = 20;

/**
 * The index of a TensorFlow checkpoint (`.index`): which tensors there are, and where in the `.data-…` files beside it each
 * lies. Those are opened by the names that the index's own name and number of parts give them, never by a name of the file.
 */
export const tensorflowCheckpoint: FormatReader = {
  meta: {
    id: 'tensorflow-checkpoint',
    title: 'TensorFlow checkpoint',
    extensions: ['.ckpt.index'],
    specification: 'https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/protobuf/tensor_bundle.proto (TensorFlow 2.21); https://github.com/google/leveldb/blob/main/doc/table_format.md',
    provides: ['tensors', 'structure'],
    isStreamed: true,
    since: '0.3.0',
  },
  match: (_head, path) => (/\.index$/i.test(path) ? 'possible' : undefined),
  matchEnd: (tail) => (endsAsTable(tail) ? 'certain' : undefined),
  read: (artifact, context) => namingArtifact(artifact.path, 'Save the checkpoint again, and fetch or upload all of its files.', () => readCheckpoint(artifact, context)),
};

async function readCheckpoint(artifact: Artifact, context: ReadContext): Promise<Model> {
  if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the checkpoint was cancelled.' });
  const entries = await readTable(windowedSource(artifact.bytes));
  const [header, ...rest] = entries;
  // The empty key is the header, and the first in order.
  if (header === undefined || header.key.byteLength > 0) throw new GateError({ code: 'format/malformed', message: 'The table is no index of a checkpoint: it has no header.', where: { offset: 0 } });
  const { shards, isLittleEndian } = readBundleHeader(header.value);
  if (shards > MAX_SHARDS) throw new GateError({ code: 'format/limit-exceeded', message: `The checkpoint is spread over ${shards} files; ${MAX_SHARDS} are opened.`, where: { offset: 0 } });
  const tensors = rest.map(({ key, value }) => readBundleEntry(Buffer.from(key).toString('utf8'), value)).filter(({ isSlice }) => !isSlice);
  const common = { artifact, format: 'tensorflow-checkpoint', unclaimed: [], absences: { graph: 'A checkpoint holds weights without the network.' } } as const;
  const structure = { examined: Math.max(1, tensors.length), oddities: overlaps(tensors) };
  const notes = [`${tensors.length} tensors in ${shards} ${shards === 1 ? 'file' : 'files'}.`];
  if (!isLittleEndian) return { ...common, facets: { structure }, problems: { tensors: 'The values are stored most significant byte first, which is not read.' }, companions: [], notes };
  try {
    const files = await openShards(artifact.path, shards, context);
    const facet = tensorsOf(tensors, files);
    const absences = facet === undefined ? { ...common.absences, tensors: 'The checkpoint holds no numbers.' } : common.absences;
    return { ...common, absences, facets: { structure, ...(facet === undefined ? {} : { tensors: facet }) }, problems: {}, companions: files, notes };
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== 'format/external-data') throw error;
    return { ...common, facets: { structure }, problems: { tensors: `The values of the checkpoint could not be read: ${error.message}` }, companions: [], notes };
  }
}

async function openShards(path: string, shards: number, { openCompanion, signal }: ReadContext): Promise<Artifact[]> {
  const prefix = (path.split(/[/\\]/).at(-1) ?? '').replace(/\.index$/i, '');
  const files: Artifact[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the checkpoint was cancelled.' });
    files.push(await openCompanion(`${prefix}.data-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`));
  }
  return files;
}

function tensorsOf(entries: readonly BundleEntry[], files: readonly Artifact[]): Tensors | undefined {
  const found: RawTensor[] = [];
  for (const { name, type, shape, shard, offset, size } of entries) {
    const file = files[shard];
    if (file === undefined) throw new GateError({ code: 'format/malformed', message: `Tensor ${JSON.stringify(name.slice(0, 100))} lies in file ${shard}; there are ${files.length}.`, where: { offset: 0 } });
    if (offset + size > file.bytes.size) throw new GateError({ code: 'format/truncated', message: `Tensor ${JSON.stringify(name.slice(0, 100))} ends at ${offset + size} of ${file.path}, which has ${file.bytes.size} bytes.`, where: { offset: file.bytes.size } });
    const dataType = TENSORFLOW_DATA_TYPES[type];
    // Texts and variants have lengths of their own and no numbers.
    if (dataType === undefined) continue;
    const count = elementCountOf(shape);
    if (count === undefined || rawByteLength(dataType, count) !== size) throw new GateError({ code: 'format/malformed', message: `Tensor ${JSON.stringify(name.slice(0, 100))} has ${size} bytes, which its shape [${shape.join(', ')}] does not take.`, where: { offset: 0 } });
    found.push({ name, dataType, shape, source: file.bytes, range: { offset, length: size } });
  }
  return rawTensors(found);
}

/** Tensors that share bytes: writers put each behind the other. */
function overlaps(entries: readonly BundleEntry[]): FileOddity[] {
  const inOrder = [...entries].filter(({ size }) => size > 0).sort((a, b) => a.shard - b.shard || a.offset - b.offset || a.size - b.size);
  const found: FileOddity[] = [];
  inOrder.forEach((entry, index) => {
    const before = inOrder[index - 1];
    if (before === undefined || before.shard !== entry.shard || before.offset + before.size <= entry.offset || found.length >= MAX_ODDITIES) return;
    found.push({ kind: 'overlapping-data', place: `tensor ${JSON.stringify(entry.name.slice(0, 100))}`, detail: `The tensor begins at byte ${entry.offset} of file ${entry.shard}, before ${JSON.stringify(before.name.slice(0, 100))} has ended at ${before.offset + before.size}.` });
  });
  return found;
}
