import type { Artifact } from '../artifacts/artifact.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { GateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { decodeOnnxModel } from '../onnx/decode.ts';
import { MAX_ONNX_FILE_BYTES } from '../onnx/onnx-limits.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { openExternalFiles } from './onnx/external-files.ts';
import { looksLikeText } from './identify/looks-like-text.ts';
import { looksLikeOnnx } from './onnx/looks-like-onnx.ts';
import { metadataOf, notesOf } from './onnx/metadata.ts';
import { structureOf } from './onnx/structure-of.ts';
import { tensorsFacet } from './onnx/tensors-facet.ts';
import { externalSources } from './onnx/external-sources.ts';

/**
 * ONNX models. A valid file is a serialized ModelProto and nothing else: known fields only, one graph in static single
 * assignment form, tensors whose bytes agree with their dimensions, external files inside the model's folder.
 */
export const onnx: FormatReader = {
  meta: {
    id: 'onnx',
    title: 'ONNX',
    extensions: ['.onnx'],
    specification: 'https://github.com/onnx/onnx/blob/main/docs/IR.md (IR version 13, ONNX 1.21)',
    provides: ['tensors', 'graph', 'metadata', 'structure'],
    since: '0.1.0',
  },
  match(head, path) {
    const looks = looksLikeOnnx(head);
    if (looks === 'certain') return 'certain';
    return looks === 'possible' || (path.toLowerCase().endsWith('.onnx') && !looksLikeText(head)) ? 'possible' : undefined;
  },
  async read(artifact, context) {
    try {
      return await readOnnx(artifact, context);
    } catch (error) {
      throw placed(error, artifact.path);
    }
  },
};

async function readOnnx(artifact: Artifact, context: ReadContext): Promise<Model> {
  const { size } = artifact.bytes;
  if (size > MAX_ONNX_FILE_BYTES) {
    throw new GateError({
      code: 'artifact/too-large',
      message: `The file has ${size} bytes; a protobuf message ends at ${MAX_ONNX_FILE_BYTES}.`,
      nextStep: 'Export the model with external data.',
    });
  }
  const bytes = await artifact.bytes.read(0, size);
  stopIfCancelled(context.signal);
  // What was decoded is what tensors and engine read later, whatever happens to the file meanwhile.
  const source = memorySource(bytes, artifact.path);
  const sources = externalSources();
  const model = decodeOnnxModel(bytes, { source, external: sources.source });
  const external = await openExternalFiles({ artifact, model, sources, context });
  stopIfCancelled(context.signal);
  return {
    artifact,
    format: 'onnx',
    facets: {
      tensors: tensorsFacet(model),
      graph: { model, bytes: source, externalFiles: external.files },
      metadata: metadataOf(model),
      structure: structureOf(model),
    },
    problems: {},
    absences: {},
    unclaimed: [],
    companions: external.files,
    notes: [...notesOf(model), ...external.notes, ...ambiguityNotes(model)],
  };
}

/** Things that are legal, that two runtimes may read differently, and that a reviewer wants to know of. */
function ambiguityNotes(model: OnnxModel): readonly string[] {
  const inputs = new Set(model.graph.inputs.map((input) => input.name));
  const overridable = model.graph.initializers.filter((tensor) => inputs.has(tensor.name)).length;
  if (model.irVersion < 4n || overridable === 0) return [];
  return [`${overridable} of the weights ${overridable === 1 ? 'is an input' : 'are inputs'} as well, so whoever runs the model can replace ${overridable === 1 ? 'it' : 'them'}.`];
}

function stopIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
}

/** The decoder knows offsets, not files. */
function placed(error: unknown, artifact: string): unknown {
  if (!(error instanceof GateError) || error.where?.artifact !== undefined) return error;
  return new GateError({
    code: error.code,
    message: error.message,
    where: { artifact, ...error.where },
    nextStep: error.nextStep ?? NEXT_STEPS[error.code] ?? 'Export the model again.',
    cause: error,
  });
}

const NEXT_STEPS: Partial<Record<GateError['code'], string>> = {
  'format/truncated': 'Fetch or upload the file again; it was cut off.',
  'format/malformed': 'Export the model again, and check it with onnx.checker.check_model.',
  'format/unsupported': 'Export the model for inference, with an operator set that modelgate knows.',
  'format/limit-exceeded': 'Export the model with fewer or smaller parts; docs/formats/onnx.md lists the limits.',
};
