import { intField, joinBytes, lengthDelimited, textField } from '../../onnx/wire-writer.ts';
import { jsonMembers, jsonTexts } from '../json/json-values.ts';
import type { JsonNode } from '../json/json-node.ts';

/**
 * A GraphDef that TensorFlow.js keeps as JSON, as the message that it stands for, with what decides what its operators do:
 * names, operators, inputs, texts and the functions they call. Numbers and shapes are left out.
 */
export function encodeGraph(topology: JsonNode): Uint8Array {
  const functions = jsonMembers(topology, 'library').flatMap((library) => itemsOf(library, 'function'));
  return joinBytes([
    ...itemsOf(topology, 'node').map((node) => lengthDelimited(1, [encodeNode(node)])),
    lengthDelimited(2, functions.map((one) => lengthDelimited(1, [encodeFunction(one)]))),
  ]);
}

function itemsOf(node: JsonNode, key: string): readonly JsonNode[] {
  return jsonMembers(node, key).flatMap((value) => (value.kind === 'array' ? value.items : []));
}

function encodeNode(node: JsonNode): Uint8Array {
  return joinBytes([
    ...jsonTexts(node, 'name').map((name) => textField(1, name)),
    ...jsonTexts(node, 'op').map((op) => textField(2, op)),
    ...itemsOf(node, 'input').flatMap((input) => (input.kind === 'string' ? [textField(3, input.value)] : [])),
    ...attributesOf(node).map((one) => lengthDelimited(5, [one])),
  ]);
}

/** OpDef of a function: its name, and its arguments. */
function encodeFunction(node: JsonNode): Uint8Array {
  const signatures = jsonMembers(node, 'signature');
  const signature = joinBytes([
    ...signatures.flatMap((one) => jsonTexts(one, 'name')).map((name) => textField(1, name)),
    ...signatures.flatMap((one) => itemsOf(one, 'inputArg')).map((argument) => lengthDelimited(2, jsonTexts(argument, 'name').map((name) => textField(1, name)))),
  ]);
  return joinBytes([lengthDelimited(1, [signature]), ...itemsOf(node, 'nodeDef').map((one) => lengthDelimited(3, [encodeNode(one)]))]);
}

function attributesOf(node: JsonNode): Uint8Array[] {
  return jsonMembers(node, 'attr').flatMap((attributes) => (attributes.kind === 'object' ? attributes.members : [])).map(({ key, value }) => {
    const texts = jsonTexts(value, 's');
    const lists = jsonMembers(value, 'list');
    const list = joinBytes([
      ...lists.flatMap((one) => itemsOf(one, 's')).flatMap((one) => (one.kind === 'string' ? [lengthDelimited(2, [bytesOf(one.value)])] : [])),
      ...lists.flatMap((one) => itemsOf(one, 'func')).map((one) => lengthDelimited(9, [nameOf(one)])),
    ]);
    const content = joinBytes([
      ...(lists.length === 0 ? [] : [lengthDelimited(1, [list])]),
      ...texts.map((text) => lengthDelimited(2, [bytesOf(text)])),
      ...jsonMembers(value, 'tensor').map((tensor) => lengthDelimited(8, [encodeTensor(tensor)])),
      ...jsonMembers(value, 'func').map((func) => lengthDelimited(10, [nameOf(func)])),
    ]);
    return joinBytes([textField(1, key), lengthDelimited(2, [content])]);
  });
}

function nameOf(func: JsonNode): Uint8Array {
  return joinBytes(jsonTexts(func, 'name').map((name) => textField(1, name)));
}

/** TensorProto: texts only; the type is that of texts, 7. */
function encodeTensor(tensor: JsonNode): Uint8Array {
  const isText = jsonTexts(tensor, 'dtype').includes('DT_STRING');
  const texts = itemsOf(tensor, 'stringVal').flatMap((one) => (one.kind === 'string' ? [lengthDelimited(8, [bytesOf(one.value)])] : []));
  return joinBytes([intField(1, isText || texts.length > 0 ? 7 : 1), ...texts]);
}

/** JSON keeps bytes as base64. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
