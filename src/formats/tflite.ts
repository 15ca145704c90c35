import type { Artifact } from '../artifacts/artifact.ts';
import { GateError } from '../errors.ts';
import type { ArchiveFacet } from '../model/archive.ts';
import type { Model } from '../model/model.ts';
import type { FileOddity } from '../model/structure.ts';
import { elementCountOf, rawByteLength } from '../onnx/data-type.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { oddityOfPath } from './oddities/oddity-of-path.ts';
import { rawTensors } from './raw-tensors.ts';
import type { RawTensor } from './raw-values.ts';
import { bufferRanges, type BufferRange } from './tflite/buffer-ranges.ts';
import { customOperators } from './tflite/custom-operators.ts';
import { openFlatbuffer, type FlatTable } from './tflite/flatbuffer.ts';
import { TFLITE_DATA_TYPES } from './tflite/tflite-data-types.ts';
import { zip } from './zip.ts';

/** Fields of the table Model. */
const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4, metadata: 6, externalGroups: 8 } as const;
const NOT_RUN = 'Models of TensorFlow Lite are examined and not run.';
/** Bytes in which the end record of a zip archive lies, with the longest comment. */
const TAIL_BYTES = 22 + 65_535;
/** Names of metadata that a note tells. */
const TOLD = 8;

/**
 * TensorFlow Lite models: a flatbuffer with the identifier `TFL3`. Every operator of every subgraph is looked at; those of
 * full TensorFlow inside of it ("Flex") as such, with the texts that the file gives them.
 */
export const tflite: FormatReader = {
  meta: {
    id: 'tflite',
    title: 'TensorFlow Lite model',
    extensions: ['.tflite'],
    specification: 'https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/compiler/mlir/lite/schema/schema.fbs (version 3)',
    provides: ['code', 'structure', 'tensors', 'metadata', 'archive'],
    // Labels and vocabularies are appended to the model as a zip archive (tflite-support, "Pack metadata and associated files").
    endsWith: ['zip'],
    since: '0.3.0',
  },
  match: (head) => (head[4] === 0x54 && head[5] === 0x46 && head[6] === 0x4c && head[7] === 0x33 ? 'certain' : undefined),
  read: (artifact, context) => namingArtifact(artifact.path, 'Convert the model again, and fetch or upload it whole.', () => readTflite(artifact, context)),
};

async function readTflite(artifact: Artifact, context: ReadContext): Promise<Model> {
  const bytes = await artifact.bytes.read(0, artifact.bytes.size);
  if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
  const model = openFlatbuffer(bytes);
  const subgraphs = model.tables(MODEL.subgraphs);
  const buffers = bufferRanges(model.tables(MODEL.buffers), bytes.byteLength);
  const code = customOperators({ bytes, codes: model.tables(MODEL.operatorCodes), subgraphs, buffers });
  const { list, oddities } = tensorsOf(artifact, subgraphs, buffers);
  const tensors = rawTensors(list);
  const archive = await associatedFiles(artifact, context);
  const metadata = model.tables(MODEL.metadata).map((one) => one.text(0));
  return {
    artifact,
    format: 'tflite',
    facets: {
      code: { programs: [code.program], unexamined: [] },
      structure: { examined: Math.max(1, code.operators + buffers.length), oddities: [...oddities, ...externalGroups(model)] },
      metadata: new Map(metadata.map((name) => [name.slice(0, 100), ''] as const)),
      ...(tensors === undefined ? {} : { tensors }),
      ...(archive === undefined ? {} : { archive }),
    },
    problems: {},
    absences: { graph: NOT_RUN, ...(tensors === undefined ? { tensors: 'The file holds no weights.' } : {}) },
    unclaimed: [],
    companions: [],
    notes: [`${subgraphs.length} ${subgraphs.length === 1 ? 'subgraph' : 'subgraphs'}, ${code.operators} operators${metadata.length === 0 ? '' : `; metadata: ${metadata.slice(0, TOLD).map((name) => JSON.stringify(name.slice(0, 60))).join(', ')}`}.`],
  };
}

/** The archive at the end of the file, where there is one; that the model lies in front of it is as it should be. */
async function associatedFiles(artifact: Artifact, context: ReadContext): Promise<ArchiveFacet | undefined> {
  const { size } = artifact.bytes;
  const tailBytes = Math.min(TAIL_BYTES, size);
  if (zip.matchEnd?.(await artifact.bytes.read(size - tailBytes, tailBytes), size) !== 'certain') return undefined;
  const { archive } = (await zip.read(artifact, context)).facets;
  if (archive === undefined) return undefined;
  return {
    members: archive.members.filter(({ kind, place }) => kind !== 'region' || place?.offset !== 0),
    observations: archive.observations.filter(({ oddity }) => oddity !== 'prepended-data'),
  };
}

/** Tensors with values in the file. Several may share one buffer: converters keep equal constants once. */
function tensorsOf(artifact: Artifact, subgraphs: readonly FlatTable[], buffers: readonly BufferRange[]): { readonly list: readonly RawTensor[]; readonly oddities: readonly FileOddity[] } {
  const list: RawTensor[] = [];
  const oddities: FileOddity[] = [];
  for (const [index, subgraph] of subgraphs.entries()) {
    for (const tensor of subgraph.tables(0)) {
      const { buffer, name } = { buffer: tensor.u32(2), name: tensor.text(3) };
      const range = buffers[buffer];
      if (range === undefined) throw new GateError({ code: 'format/malformed', message: `Tensor ${JSON.stringify(name.slice(0, 100))} has the buffer ${buffer}; there are ${buffers.length}.`, where: { offset: tensor.at } });
      const dataType = TFLITE_DATA_TYPES[tensor.u8(1)];
      const shape = tensor.numbers(0);
      // Sparse tensors keep only some of their elements.
      if (range.length === 0 || dataType === undefined || tensor.table(6) !== undefined || shape.some((size) => size < 0)) continue;
      const count = elementCountOf(shape);
      if (count === undefined || rawByteLength(dataType, count) !== range.length) {
        oddities.push({ kind: 'uncovered-bytes', place: `tensor ${JSON.stringify(name.slice(0, 100))}`, bytes: { ...range }, detail: `The buffer has ${range.length} bytes; ${dataType} [${shape.join(', ')}] takes ${count === undefined ? 'more than there can be' : rawByteLength(dataType, count)}.` });
        continue;
      }
      list.push({ name: subgraphs.length === 1 ? name : `subgraph ${index}/${name}`, dataType, shape, source: artifact.bytes, range: { offset: range.offset, length: range.length } });
    }
  }
  return { list, oddities };
}

/** Files beside the model that its values are read from. */
function externalGroups(model: FlatTable): FileOddity[] {
  return model.tables(MODEL.externalGroups).map((group) => oddityOfPath(group.text(0), 'external buffers'));
}
