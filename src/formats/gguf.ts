import type { Artifact } from '../artifacts/artifact.ts';
import { swappedSource } from '../artifacts/swapped-source.ts';
import { GateError } from '../errors.ts';
import type { CodeProgram, UnexaminedPart } from '../model/code.ts';
import type { Tensors } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { FileOddity } from '../model/structure.ts';
import { ELEMENT_BITS } from '../onnx/data-type.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { GGML_TYPES } from './gguf/ggml-types.ts';
import { layOut, type Layout } from './gguf/layout.ts';
import { readGgufHeader, type GgufKey } from './gguf/read-header.ts';
import { readTemplate } from './jinja/read-template.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { rawValues, type RawTensor } from './raw-values.ts';

const NO_GRAPH = 'A GGUF file holds weights; the network is in the program that runs it.';
const MAGIC = [0x47, 0x47, 0x55, 0x46];

/** GGUF files of llama.cpp: typed keys and values, a list of tensors, their data. Only the header is read here. */
export const gguf: FormatReader = {
  meta: {
    id: 'gguf',
    title: 'GGUF',
    extensions: ['.gguf'],
    specification: 'https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 1 to 3, both byte orders)',
    provides: ['tensors', 'metadata', 'structure', 'code'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head) {
    return head.byteLength >= 8 && MAGIC.every((byte, index) => head[index] === byte) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    try {
      return await readGguf(artifact, context);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, ...error.where }, nextStep: 'Convert the model again, and fetch or upload the file whole.', cause: error });
    }
  },
};

async function readGguf(artifact: Artifact, { signal }: ReadContext): Promise<Model> {
  const header = await readGgufHeader(artifact);
  if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
  const layout = await layOut(header, artifact.bytes);
  const { programs, unexamined } = templatesOf(header.keys);
  const quantised = layout.placed.filter(({ tensor }) => GGML_TYPES.get(tensor.type)?.dataType === undefined);
  const unknown = new Set(layout.placed.flatMap(({ tensor }) => (GGML_TYPES.has(tensor.type) ? [] : [tensor.type])));
  const hasCode = programs.length + unexamined.length > 0;
  const tensors = tensorsFacet(artifact, layout, header.isBigEndian);
  const hasNumbers = tensors.list.some(({ range }) => range.length > 0);
  return {
    artifact, format: 'gguf',
    facets: {
      metadata: metadataOf(header.keys),
      structure: { examined: header.keys.length + header.tensors.length, oddities: [...keyOddities(header.keys), ...layout.oddities] },
      ...(hasNumbers ? { tensors } : {}),
      ...(hasCode ? { code: { programs, unexamined } } : {}),
    },
    problems: {},
    absences: { graph: NO_GRAPH, classifier: NO_GRAPH, gradient: NO_GRAPH, probes: NO_GRAPH, samples: NO_GRAPH, ...(hasCode ? {} : { code: 'The file holds no template.' }), ...(hasNumbers ? {} : { tensors: 'The file holds no tensors of plain numbers.' }) },
    unclaimed: layout.unclaimed,
    companions: [],
    notes: [
      `GGUF version ${String(header.version)}, ${String(header.tensors.length)} tensors${quantised.length === 0 ? '' : `, ${String(quantised.length)} of them quantised (${[...new Set(quantised.map(({ tensor }) => GGML_TYPES.get(tensor.type)?.name ?? `type ${String(tensor.type)}`))].sort().join(', ')}) and not looked into`}.`,
      ...(unknown.size === 0 ? [] : [`Types of tensors that modelgate does not know: ${[...unknown].join(', ')}; where their data end was not checked.`]),
    ],
  };
}

function keyOddities(keys: readonly GgufKey[]): readonly FileOddity[] {
  const seen = new Set<string>();
  return keys.flatMap(({ key, value, range }): readonly FileOddity[] => {
    const isDouble = seen.has(key);
    seen.add(key);
    const isTemplate = TEMPLATE.test(key);
    return [
      ...(isDouble ? [{ kind: 'duplicate-key', place: `key ${shown(key)}`, bytes: range, detail: 'The file has it more than once.' } as const] : []),
      ...(typeof value === 'string' && !isTemplate ? odditiesOfText(value, `key ${shown(key)}`) : []),
    ];
  });
}

/** `tokenizer.chat_template` and, by name, `tokenizer.chat_template.tool_use`. */
const TEMPLATE = /(?:^|\.)chat_template(?:\.|$)/;

function templatesOf(keys: readonly GgufKey[]): { readonly programs: readonly CodeProgram[]; readonly unexamined: readonly UnexaminedPart[] } {
  const read = keys.flatMap(({ key, value, range }) => (TEMPLATE.test(key) && typeof value === 'string' ? [readTemplate({ text: value, place: `key ${shown(key)}`, range })] : []));
  return { programs: read.flatMap(({ program }) => (program === undefined ? [] : [program])), unexamined: read.flatMap(({ unexamined }) => unexamined) };
}

/** Characters of a value that the report repeats; templates and licences are long. */
const MAX_METADATA_CHARACTERS = 1000;

function metadataOf(keys: readonly GgufKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map(({ key, value }) => [key, typeof value === 'object' ? `${String(value.elements)} elements` : String(value).slice(0, MAX_METADATA_CHARACTERS)]));
}

function tensorsFacet({ bytes }: Artifact, { placed }: Layout, isBigEndian: boolean): Tensors {
  const list = placed.flatMap(({ tensor, range }): RawTensor[] => {
    const dataType = typeOf(tensor.type);
    // The dimension of the neighbours comes first there and last here.
    if (dataType === undefined || range === undefined) return [];
    const placedAt = isBigEndian ? { source: swappedSource(bytes, range, ELEMENT_BITS[dataType] / 8), range: { offset: 0, length: range.length } } : { source: bytes, range };
    return [{ name: tensor.name, dataType, shape: [...tensor.dimensions].reverse(), ...placedAt }];
  });
  return { list, values: rawValues(list) };
}

function typeOf(type: number) {
  return GGML_TYPES.get(type)?.dataType;
}
