import { encodeAttribute, encodeFunctionNodes } from './encode/attribute.ts';
import { encodeEntries, flattened, optionalText, type Parts } from './encode/field.ts';
import { encodeGraph, encodeValueInfo } from './encode/graph.ts';
import type { OnnxFunction, OnnxModel } from './onnx-model.ts';
import { intField, joinBytes, lengthDelimitedParts, textField } from './wire-writer.ts';

/**
 * A model as the bytes of a ModelProto, fields in the order of their numbers as protobuf's own writers have them.
 * Inline tensors are read from their sources and written as raw data; typed values stay typed; external tensors keep
 * their reference and are not read. Decoding the result gives an equal model.
 */
export async function encodeOnnxModel(model: OnnxModel): Promise<Uint8Array> {
  const parts: Parts[] = [
    intField(1, model.irVersion),
    optionalText(2, model.producerName),
    optionalText(3, model.producerVersion),
    optionalText(4, model.domain),
    ...(model.modelVersion === 0n ? [] : [intField(5, model.modelVersion)]),
    optionalText(6, model.docString ?? ''),
    lengthDelimitedParts(7, await encodeGraph(model.graph)),
    ...encodeOpsetImports(8, model.opsetImports),
    encodeEntries(14, model.metadata),
  ];
  for (const body of model.functions) parts.push(lengthDelimitedParts(25, await encodeFunction(body)));
  for (const { name, deviceCount, devices } of model.deviceConfigurations ?? []) {
    parts.push(lengthDelimitedParts(26, flattened([optionalText(1, name), intField(2, deviceCount), ...devices.map((device) => textField(3, device))])));
  }
  return joinBytes(flattened(parts));
}

function encodeOpsetImports(field: number, imports: ReadonlyMap<string, bigint>): Parts[] {
  return [...imports].map(([domain, version]) => lengthDelimitedParts(field, flattened([optionalText(1, domain), intField(2, version)])));
}

async function encodeFunction(body: OnnxFunction): Promise<readonly Uint8Array[]> {
  const defaults: Parts[] = [];
  for (const [name, attribute] of body.attributeDefaults ?? []) defaults.push(lengthDelimitedParts(11, await encodeAttribute(name, attribute)));
  return flattened([
    textField(1, body.name),
    ...body.inputs.map((name) => textField(4, name)),
    ...body.outputs.map((name) => textField(5, name)),
    ...body.attributes.map((name) => textField(6, name)),
    await encodeFunctionNodes(7, body.nodes),
    optionalText(8, body.docString ?? ''),
    ...encodeOpsetImports(9, body.opsetImports),
    optionalText(10, body.domain),
    ...defaults,
    ...(body.valueInfo ?? []).map((info) => lengthDelimitedParts(12, encodeValueInfo(info))),
    optionalText(13, body.overload ?? ''),
    encodeEntries(14, body.metadata),
  ]);
}
