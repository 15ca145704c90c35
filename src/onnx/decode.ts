import type { ByteSource } from '../artifacts/byte-source.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { decodeMessage } from './decode-message.ts';
import { decodeAttributes } from './decode/attribute.ts';
import { decodeEntries, documentation, unopenedFile, type DecodeContext } from './decode/context.ts';
import { decodeGraph, decodeNode, decodeValues, plainDomain } from './decode/graph.ts';

import { MAX_IR_VERSION, ONNX_LIMITS, type OnnxLimits } from './onnx-limits.ts';
import type { OnnxFunction, OnnxModel } from './onnx-model.ts';
import type { Message } from './schema.ts';
import { validateOnnxModel } from './validate.ts';
import { wireError, wireState } from './wire.ts';
import { quoted } from './quoted.ts';

export interface DecodeOptions {
  /** What inline tensors refer to; the bytes themselves when absent. */
  readonly source?: ByteSource;
  /** Source of an external file, by the location the model gives; reading from it fails when absent. */
  readonly external?: (location: string) => ByteSource;
  readonly limits?: Partial<OnnxLimits>;
}

/**
 * A serialized ModelProto as an OnnxModel: complete and valid, or a GateError `format/*` that names the offset.
 * Works in one pass over the file, never copies raw tensor bytes, and uses memory in proportion to what it decodes
 * within the limits of `onnx-limits.ts`.
 */
export function decodeOnnxModel(bytes: Uint8Array, options: DecodeOptions = {}): OnnxModel {
  if (bytes.byteLength === 0) throw wireError('format/truncated', 'The file is empty.', 0);
  const limits = { ...ONNX_LIMITS, ...options.limits };
  const state = wireState(bytes, limits);
  const message = decodeMessage(state, 'Model', bytes.byteLength);
  const { irVersion } = message;
  if (irVersion === undefined || irVersion < 1n) throw wireError('format/malformed', 'The model states no IR version.', 0, 'Model.irVersion');
  if (irVersion > MAX_IR_VERSION) {
    throw wireError('format/unsupported', `The model states IR version ${irVersion}; modelgate knows versions up to ${MAX_IR_VERSION}.`, 0, 'Model.irVersion');
  }
  if (message.trainingInfo !== undefined) {
    throw wireError('format/unsupported', 'The model carries training information (ModelProto.training_info), which modelgate does not read.', message.trainingInfo[0]?.offset ?? 0, 'Model.trainingInfo');
  }
  if (message.graph === undefined) {
    throw wireError('format/truncated', 'The file ends before a graph has begun.', bytes.byteLength, 'Model.graph');
  }
  const context: DecodeContext = {
    state,
    source: options.source ?? memorySource(bytes),
    external: options.external ?? unopenedFile,
    irVersion,
    typedBytes: 0,
  };
  const model: OnnxModel = {
    irVersion,
    producerName: message.producerName ?? '',
    producerVersion: message.producerVersion ?? '',
    domain: message.domain ?? '',
    modelVersion: message.modelVersion ?? 0n,
    opsetImports: decodeOpsetImports(message.opsetImport, irVersion),
    graph: decodeGraph(context, message.graph),
    functions: (message.functions ?? []).map((body) => decodeFunction(context, body)),
    metadata: decodeEntries(message.metadataProps, 'Model.metadataProps'),
    ...(message.docString === undefined || message.docString === '' ? {} : { docString: message.docString }),
    ...(message.configuration === undefined
      ? {}
      : {
          deviceConfigurations: message.configuration.map(({ name = '', numDevices = 0, device = [] }) => ({ name, deviceCount: numDevices, devices: device })),
        }),
  };
  validateOnnxModel(model, limits);
  return model;
}

function decodeOpsetImports(list: readonly Message<'OperatorSetId'>[] | undefined, irVersion: bigint): ReadonlyMap<string, bigint> {
  // IR versions 1 and 2 knew one operator set only.
  if (list === undefined) return irVersion < 3n ? new Map([['', 1n]]) : new Map();
  const imports = new Map<string, bigint>();
  for (const entry of list) {
    const domain = plainDomain(entry.domain);
    const { version = 0n, offset } = entry;
    if (version < 1n) throw wireError('format/malformed', `Operator set ${quoted(domain)} has the version ${version}.`, offset, 'OperatorSetId.version');
    const known = imports.get(domain);
    if (known !== undefined && known !== version) {
      throw wireError('format/malformed', `Operator set ${quoted(domain)} is imported in versions ${known} and ${version}.`, offset, 'OperatorSetId.version');
    }
    imports.set(domain, version);
  }
  return imports;
}

function decodeFunction(context: DecodeContext, message: Message<'Function'>): OnnxFunction {
  const { offset, name = '', overload = '' } = message;
  if (name === '') throw wireError('format/malformed', 'A function has no name.', offset, 'Function.name');
  return {
    name,
    domain: plainDomain(message.domain),
    ...(overload === '' ? {} : { overload }),
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: message.attribute ?? [],
    ...(message.attributeProto === undefined
      ? {}
      : { attributeDefaults: decodeAttributes(context, message.attributeProto, () => `Function ${quoted(name)}`) }),
    nodes: (message.node ?? []).map((node) => decodeNode(context, node)),
    ...(message.valueInfo === undefined ? {} : { valueInfo: decodeValues(message.valueInfo) }),
    opsetImports: decodeOpsetImports(message.opsetImport, context.irVersion),
    ...documentation(message, 'Function'),
  };
}
