import type { Artifact } from '../artifacts/artifact.ts';
import { Cursor } from '../artifacts/cursor.ts';
import { GateError } from '../errors.ts';
import type { TensorInfo, Tensors } from '../model/facets.ts';
import { elementCountOf, rawByteLength } from '../onnx/data-type.ts';
import type { StructureFacet } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { looksLikeText } from './identify/looks-like-text.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { parseHeader, type Header, type HeaderEntry } from './safetensors/parse-header.ts';
import { SAFETENSORS_DATA_TYPES } from './safetensors/safetensors-data-types.ts';
import { MAX_SAFETENSORS_HEADER_BYTES } from './safetensors/safetensors-limits.ts';
import { rawValues } from './raw-values.ts';

/** Bytes of the header's length. */
const LENGTH_BYTES = 8;

const NO_GRAPH = 'A safetensors file holds weights without the network.';

/**
 * safetensors files. A valid one is: eight bytes of length, a JSON header of at most 100 MB, and the tensors' bytes, which
 * follow each other without holes or overlaps from the header's end to the end of the file. Only the header is read here;
 * tensors are read from the file when somebody asks for them.
 */
export const safetensors: FormatReader = {
  meta: {
    id: 'safetensors',
    title: 'safetensors',
    extensions: ['.safetensors'],
    specification: 'https://github.com/huggingface/safetensors#format (safetensors 0.6)',
    provides: ['tensors', 'metadata', 'structure'],
    isStreamed: true,
    since: '0.1.0',
  },
  match(head, path) {
    if (startsLikeHeader(head)) return 'certain';
    return path.toLowerCase().endsWith('.safetensors') && !looksLikeText(head) ? 'possible' : undefined;
  },
  async read(artifact, context) {
    const { bytes, path } = artifact;
    const start = new Cursor(await bytes.read(0, Math.min(LENGTH_BYTES, bytes.size)), { artifact: path });
    const headerBytes = start.size64le();
    const fail = failing(path);
    if (headerBytes > MAX_SAFETENSORS_HEADER_BYTES) throw fail('format/limit-exceeded', `The header has ${headerBytes} bytes; safetensors allows ${MAX_SAFETENSORS_HEADER_BYTES}.`, 0);
    if (headerBytes > bytes.size - LENGTH_BYTES) throw fail('format/truncated', `The header has ${headerBytes} bytes, but only ${bytes.size - LENGTH_BYTES} are left.`, LENGTH_BYTES);
    const text = new Cursor(await bytes.read(LENGTH_BYTES, headerBytes), { artifact: path, offset: LENGTH_BYTES }).text(headerBytes);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    // A byte order mark or spaces in front would let other readers disagree on what is a safetensors file.
    if (!text.startsWith('{')) throw fail('format/malformed', 'The header does not begin with a brace.', LENGTH_BYTES);
    const header = parsed(text, path);
    return {
      artifact,
      format: 'safetensors',
      facets: { tensors: tensorsFacet(artifact, header, LENGTH_BYTES + headerBytes), metadata: header.metadata, structure: structureOf(header) },
      problems: {},
      absences: { graph: NO_GRAPH, classifier: NO_GRAPH, gradient: NO_GRAPH, probes: NO_GRAPH, samples: NO_GRAPH },
      unclaimed: [],
      companions: [],
      notes: [`${header.entries.length} ${header.entries.length === 1 ? 'tensor' : 'tensors'} in ${bytes.size - LENGTH_BYTES - headerBytes} bytes of data.`],
    };
  },
};

/** Holes, overlaps and equal keys are errors here, so what is left to be odd is what the file says about itself. */
function structureOf({ entries, metadata }: Header): StructureFacet {
  const oddities = [...metadata].flatMap(([key, value]) => [...odditiesOfText(key, 'a metadata key'), ...odditiesOfText(value, `metadata ${shown(key)}`)]);
  return { examined: entries.length + metadata.size, oddities };
}

/** What the format's types are called elsewhere is known to be a type. */
type TypedInfo = TensorInfo & { readonly dataType: (typeof SAFETENSORS_DATA_TYPES)[string] };

/** Eight bytes of a length that can be, then a JSON object with a first key or none. */
function startsLikeHeader(head: Uint8Array): boolean {
  if (head.byteLength < LENGTH_BYTES + 2 || head[LENGTH_BYTES] !== 0x7b) return false;
  const view = new DataView(head.buffer, head.byteOffset, LENGTH_BYTES);
  const second = head[LENGTH_BYTES + 1] ?? 0;
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= MAX_SAFETENSORS_HEADER_BYTES && [0x22, 0x7d, 0x20, 0x0a].includes(second);
}

function parsed(text: string, artifact: string): Header {
  try {
    return parseHeader(text, LENGTH_BYTES);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new GateError({ code: error.code, message: error.message, where: { artifact, ...error.where }, nextStep: NEXT_STEP, cause: error });
  }
}

function tensorsFacet({ bytes, path }: Artifact, { entries }: Header, dataAt: number): Tensors {
  const fail = failing(path);
  const inOrder = [...entries].sort((a, b) => a.dataOffsets[0] - b.dataOffsets[0] || a.dataOffsets[1] - b.dataOffsets[1]);
  const byName = new Map<string, TypedInfo>();
  let end = 0;
  for (const entry of inOrder) {
    const [from, to] = entry.dataOffsets;
    const name = JSON.stringify(entry.name.slice(0, 100));
    if (from !== end) throw fail('format/malformed', `Tensor ${name} begins at data byte ${from}, but the one before it ends at ${end}: holes and overlaps are not allowed.`, dataAt + Math.min(from, end));
    const info = infoOf(entry, dataAt, bytes, path);
    if (to - from !== info.range.length) throw fail('format/malformed', `Tensor ${name} has ${to - from} bytes; ${entry.dtype} [${entry.shape.join(', ')}] takes ${info.range.length}.`, dataAt + from);
    end = to;
    byName.set(entry.name, info);
  }
  const there = bytes.size - dataAt;
  if (end > there) throw fail('format/truncated', `The tensors take ${end} bytes, but only ${there} follow the header.`, bytes.size);
  if (end < there) throw fail('format/malformed', `${there - end} bytes at the end of the file belong to no tensor.`, dataAt + end);
  return { list: [...byName.values()], values: rawValues(byName.values()) };
}

function infoOf({ name, dtype, shape, dataOffsets }: HeaderEntry, dataAt: number, source: Artifact['bytes'], path: string): TypedInfo {
  const dataType = Object.hasOwn(SAFETENSORS_DATA_TYPES, dtype) ? SAFETENSORS_DATA_TYPES[dtype] : undefined;
  const fail = failing(path);
  if (dataType === undefined) throw fail('format/unsupported', `Tensor ${JSON.stringify(name.slice(0, 100))} has the data type ${JSON.stringify(dtype.slice(0, 40))}, which modelgate does not know.`, dataAt);
  const count = elementCountOf(shape);
  if (count === undefined) throw fail('format/malformed', `Tensor ${JSON.stringify(name.slice(0, 100))} has more than 2^53 elements.`, dataAt);
  // Sub-byte types must fill whole bytes, as in the reference implementation.
  const length = rawByteLength(dataType, count);
  return { name, dataType, shape, source, range: { offset: dataAt + dataOffsets[0], length } };
}

const NEXT_STEP = 'Save the model again with the safetensors library, and fetch or upload it whole.';

function failing(artifact: string) {
  return (code: 'format/truncated' | 'format/malformed' | 'format/limit-exceeded' | 'format/unsupported', message: string, offset: number): GateError =>
    new GateError({ code, message, where: { artifact, offset }, nextStep: NEXT_STEP });
}
