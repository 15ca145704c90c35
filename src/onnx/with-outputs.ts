import { GateError } from '../errors.ts';
import type { OnnxModel } from './onnx-model.ts';
import { quoted } from './quoted.ts';
import { lengthDelimited, textField } from './wire-writer.ts';

/** ModelProto.graph, GraphProto.output and ValueInfoProto.name of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH_OUTPUT = 12;
const VALUE_INFO_NAME = 1;

/**
 * The model's bytes with inner values of its main graph as further outputs. Protobuf merges a message that occurs
 * twice, so a second `graph` that holds the outputs only is put behind the file as it is: nothing is encoded again and
 * tensors are copied once. Values that are outputs already are left alone; the bytes come back as they are when nothing
 * is to be added. Throws `internal/unexpected` for a value that no node of the main graph produces.
 */
export function withOutputs(bytes: Uint8Array, model: OnnxModel, names: readonly string[]): Uint8Array {
  const present = new Set(model.graph.outputs.map((output) => output.name));
  const added = [...new Set(names)].filter((name) => !present.has(name));
  if (added.length === 0) return bytes;
  const produced = new Set(model.graph.nodes.flatMap((node) => node.outputs));
  for (const name of added) {
    if (name === '' || !produced.has(name)) {
      throw new GateError({ code: 'internal/unexpected', message: `No node of the graph produces the value ${quoted(name)}.` });
    }
  }
  // A type is not stated: the engine infers it, and a wrong one would be refused.
  const outputs = added.map((name) => lengthDelimited(GRAPH_OUTPUT, [textField(VALUE_INFO_NAME, name)]));
  const tail = lengthDelimited(MODEL_GRAPH, outputs);
  const joined = new Uint8Array(bytes.byteLength + tail.byteLength);
  joined.set(bytes);
  joined.set(tail, bytes.byteLength);
  return joined;
}
