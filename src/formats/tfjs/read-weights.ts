import type { Artifact } from '../../artifacts/artifact.ts';
import { concatenatedSource } from '../../artifacts/concatenated-source.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import { elementCountOf, rawByteLength } from '../../onnx/data-type.ts';
import type { OpenCompanion } from '../format-reader.ts';
import { jsonMembers, jsonTexts } from '../json/json-values.ts';
import type { JsonNode } from '../json/json-node.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import type { RawTensor } from '../raw-values.ts';

/** Files of one model. TensorFlow.js writes parts of 4 MiB. */
const MAX_WEIGHT_FILES = 10_000;

const DATA_TYPES: Readonly<Record<string, RawTensor['dataType']>> = { float32: 'float', float16: 'float16', int32: 'int32', uint8: 'uint8', uint16: 'uint16', int16: 'int16', bool: 'bool', complex64: 'complex64' };

export interface ReadWeights {
  readonly tensors: readonly RawTensor[];
  readonly companions: readonly Artifact[];
  readonly oddities: readonly FileOddity[];
  /** Why the values could not be read. */
  readonly problem?: string;
  readonly unread: number;
}

/** The weights manifest: groups of files, and the weights that lie in the bytes of each group one behind the other. */
export async function readWeights(root: JsonNode, openCompanion: OpenCompanion): Promise<ReadWeights> {
  const groups = jsonMembers(root, 'weightsManifest').flatMap((manifest) => (manifest.kind === 'array' ? manifest.items : []));
  const paths = groups.map((group) => jsonMembers(group, 'paths').flatMap((one) => (one.kind === 'array' ? one.items : [])).flatMap((one) => (one.kind === 'string' ? [one] : [])));
  if (paths.flat().length > MAX_WEIGHT_FILES) throw new GateError({ code: 'format/limit-exceeded', message: `The model has more than ${MAX_WEIGHT_FILES} files of weights.`, where: { offset: 0 } });
  const oddities = paths.flat().map(({ value, at }) => ({ ...oddityOfPath(value, 'weightsManifest'), bytes: { offset: at, length: 1 } })).filter(({ kind }) => kind === 'escaping-path');
  if (oddities.length > 0) return { tensors: [], companions: [], oddities, unread: 0, problem: 'Files of weights lie outside of the model’s folder and were not opened.' };
  const companions: Artifact[] = [];
  const tensors: RawTensor[] = [];
  let unread = 0;
  try {
    for (const [index, group] of groups.entries()) {
      const files: Artifact[] = [];
      for (const { value } of paths[index] ?? []) files.push(await openCompanion(value));
      companions.push(...files);
      const read = tensorsOf(group, files);
      tensors.push(...read.tensors);
      unread += read.unread;
    }
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== 'format/external-data') throw error;
    return { tensors: [], companions: [], oddities, unread: 0, problem: `The weights could not be read: ${error.message}` };
  }
  return { tensors, companions, oddities, unread };
}

function tensorsOf(group: JsonNode, files: readonly Artifact[]): { readonly tensors: readonly RawTensor[]; readonly unread: number } {
  const source = concatenatedSource(files.map(({ bytes }) => bytes));
  const tensors: RawTensor[] = [];
  let offset = 0;
  const weights = jsonMembers(group, 'weights').flatMap((one) => (one.kind === 'array' ? one.items : []));
  for (const [index, weight] of weights.entries()) {
    const name = jsonTexts(weight, 'name').at(-1) ?? '';
    const shape = jsonMembers(weight, 'shape').flatMap((one) => (one.kind === 'array' ? one.items : [])).map((one) => (one.kind === 'number' ? one.value : -1));
    const stored = jsonMembers(weight, 'quantization').flatMap((one) => jsonTexts(one, 'dtype')).at(-1) ?? jsonTexts(weight, 'dtype').at(-1) ?? '';
    const dataType = DATA_TYPES[stored];
    const count = shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? elementCountOf(shape) : undefined;
    // A weight of texts has a length of its own: what follows it cannot be found.
    if (dataType === undefined) return { tensors, unread: weights.length - index };
    if (count === undefined) throw new GateError({ code: 'format/malformed', message: `The weight ${JSON.stringify(name.slice(0, 100))} has an impossible shape.`, where: { offset: weight.at } });
    const length = rawByteLength(dataType, count);
    if (length > source.size - offset) throw new GateError({ code: 'format/truncated', message: `The weight ${JSON.stringify(name.slice(0, 100))} ends at ${offset + length} of its group, which has ${source.size} bytes.`, where: { offset: weight.at } });
    tensors.push({ name, dataType, shape, source, range: { offset, length } });
    offset += length;
  }
  return { tensors, unread: 0 };
}
