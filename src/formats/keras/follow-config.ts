import type { CodeAction, CodeOperand, CodeProgram } from '../../model/code.ts';
import type { FileOddity } from '../../model/structure.ts';
import { GateError } from '../../errors.ts';
import { duplicateKeys } from '../json/duplicate-keys.ts';
import type { JsonNode } from '../json/json-node.ts';
import { jsonMembers, jsonTexts } from '../json/json-values.ts';
import { parseJson } from '../json/parse-json.ts';
import { decodeFunction } from './decode-function.ts';
import { MAX_KEPT_CHARACTERS, MAX_KERAS_ACTIONS, MAX_KERAS_FUNCTIONS } from './keras-limits.ts';

/** Where a configuration lies in the artifact. */
export interface ConfigPlace {
  /** A noun phrase: "config.json", "attribute model_config". */
  readonly place: string;
  readonly offset: number;
  readonly length: number;
}

export interface FollowedConfig {
  /** The configuration, and the bytecode of each function in it. */
  readonly programs: readonly CodeProgram[];
  readonly oddities: readonly FileOddity[];
  /** Objects with a class name. */
  readonly objects: number;
}

/** Marks of values that are no objects: Keras makes lists, tensors and shapes of them by itself (`serialization_lib.py`). */
const PLAIN_VALUES = new Set([
  '__tuple__', '__tensor__', '__numpy__', '__bytes__', '__ellipsis__', '__slice__', '__complex__', '__keras_tensor__', '__lambda__', '__typespec__', '__enum__', '__wrapt__', '__set__', '__dict__',
  'TensorShape', 'TypeSpec', 'CompositeTensor', 'DType', 'function',
]);

/** Layers of old Keras that call what a symbol of TensorFlow's Python interface names. */
const SYMBOL_LAYERS: Readonly<Record<string, string>> = { TFOpLambda: 'function', SlicingOpLambda: 'function', ClassMethod: 'cls_symbol', InstanceMethod: 'method_name', InstanceProperty: 'attr_name' };

/** What layers read a file for, by the member that names it. */
const FILE_MEMBERS = new Set(['vocabulary', 'filepath', 'vocabulary_file', 'idf_weights_file', 'merges_file', 'proto']);

/**
 * Everything that deserializing a Keras configuration would look up and make: each object with a class name, at any depth
 * and under any member, because Keras deserializes what has one wherever it comes across it. Members that an object has
 * twice count both. Throws what {@link parseJson} throws, and `format/limit-exceeded`.
 */
export function followConfig(text: string, where: ConfigPlace): FollowedConfig {
  const root = parseJson(text);
  const oddities = duplicateKeys(root).map((one) => ({ ...one, ...(one.bytes === undefined ? {} : { bytes: { ...one.bytes, offset: where.offset + one.bytes.offset } }) }));
  return { ...followNode(root, where), oddities };
}

/** The same for JSON that is parsed already, or a part of it. */
export function followNode(root: JsonNode, where: ConfigPlace): Omit<FollowedConfig, 'oddities'> {
  const actions = new Map<string, CodeAction>();
  const functions: CodeProgram[] = [];
  const decoded = new Set<string>();
  let objects = 0;
  /** Characters are bytes in all but rare names; good enough to look at. */
  const at = (node: JsonNode): number => where.offset + Math.min(node.at, Math.max(0, where.length - 1));

  const add = (node: JsonNode, action: Pick<CodeAction, 'kind' | 'via' | 'text'> & { readonly module: string; readonly name: string; readonly node: string; readonly operands?: readonly CodeOperand[] }): void => {
    const { kind, via, module, name, text: shown, operands = [] } = action;
    const key = JSON.stringify([kind, via, module, name, operands]);
    const known = actions.get(key);
    if (known === undefined && actions.size >= MAX_KERAS_ACTIONS) throw new GateError({ code: 'format/limit-exceeded', message: `The configuration uses more than ${MAX_KERAS_ACTIONS} different things.` });
    actions.set(key, known === undefined
      ? { kind, via, target: { kind: 'name', module: cut(module), name: cut(name) }, offset: at(node), count: 1, text: shown, node: action.node, ...(operands.length === 0 ? {} : { operands }) }
      : { ...known, count: known.count + 1 });
  };
  /** `isSure`: it stands where Keras takes whatever is there for code. */
  const decode = (encoded: string, node: JsonNode, place: string, isSure: boolean): void => {
    const program = decodeFunction(encoded, { place: `${where.place}, ${place}`, range: { offset: where.offset, length: where.length }, offset: at(node) });
    if (!isSure && program.irregularities.length > 0) return;
    decoded.add(encoded);
    if (functions.length >= MAX_KERAS_FUNCTIONS) throw new GateError({ code: 'format/limit-exceeded', message: `The configuration holds more than ${MAX_KERAS_FUNCTIONS} functions.` });
    functions.push(program);
  };

  /** `isCalled`: what is named here is called when the layer that holds it is built. */
  const visit = (node: JsonNode, path: string, isCalled: boolean): void => {
    if (node.kind === 'array') {
      node.items.forEach((item, index) => visit(item, `${path}[${index}]`, isCalled));
      return;
    }
    if (node.kind === 'string') {
      if (!decoded.has(node.value) && isMarshalledText(node.value)) decode(node.value, node, path, false);
      return;
    }
    if (node.kind !== 'object') return;
    const classNames = jsonTexts(node, 'class_name');
    const modules = orNone(jsonTexts(node, 'module'));
    const configs = jsonMembers(node, 'config');
    const name = configs.flatMap((one) => jsonTexts(one, 'name'))[0];
    const place = name === undefined ? path : `${path} ${JSON.stringify(cut(name))}`;
    let inner: 'visit' | 'called' | 'done' = isCalled ? 'called' : 'visit';
    for (const className of classNames) {
      objects += 1;
      const bare = className.slice(className.lastIndexOf('>') + 1);
      if (className === 'function') {
        for (const module of modules) for (const named of configs.flatMap((one) => (one.kind === 'string' ? [one.value] : []))) {
          add(node, { kind: isCalled ? 'call' : 'import', via: 'function', module, name: named, text: `${dotted(module, named)}${isCalled ? '(...)' : ''}`, node: place });
        }
      } else if (className === '__lambda__') {
        for (const code of configs.flatMap((one) => jsonTexts(one, 'code'))) decode(code, node, place, true);
      } else if (className === '__typespec__') {
        for (const module of modules) for (const named of jsonTexts(node, 'spec_name')) add(node, { kind: 'construct', via: 'type spec', module, name: named, text: `${dotted(module, named)}(...)`, node: place });
      } else if (!PLAIN_VALUES.has(className)) {
        const files = configs.flatMap(fileOperands);
        const shown = `${dotted(modules[0] ?? '', className)}(${files.map(({ name: member, constants }) => `${member}=${JSON.stringify(constants[0] ?? '')}`).join(', ')})`;
        for (const module of modules) add(node, { kind: 'construct', via: 'class_name', module, name: className, text: shown, node: place, operands: files });
        if (bare === 'Lambda') {
          inner = 'called';
          for (const config of configs) namedFunctions(config).forEach(({ key, text: found, isCode }) => {
            if (!isCode) add(node, { kind: 'call', via: `Lambda.${key}`, module: '', name: found, text: `${found}(...)`, node: place });
            else decode(found, node, `${place} ${key}`, true);
          });
        }
        const symbol = SYMBOL_LAYERS[bare];
        if (symbol !== undefined) for (const found of configs.flatMap((one) => jsonTexts(one, symbol))) add(node, symbolAction(found, place));
      }
    }
    for (const { key, value } of node.members) visit(value, path === '' ? key : `${path}.${key}`, inner === 'called' && isFunctionMember(key));
  };
  visit(root, '', false);

  const range = { offset: where.offset, length: where.length };
  const main: CodeProgram = { language: 'keras', place: where.place, range, runs: 'load', actions: [...actions.values()], irregularities: [] };
  return {
    programs: [main, ...functions],
    objects,
  };
}

/** Keras imports a function only from a module; without one it looks it up among its own and the registered ones. */
function orNone(modules: readonly string[]): readonly string[] {
  return modules.length === 0 ? [''] : modules;
}

function dotted(module: string, name: string): string {
  return cut(module === '' ? name : `${module}.${name}`);
}

function cut(text: string): string {
  return text.slice(0, MAX_KEPT_CHARACTERS);
}

/** Members of a Lambda layer through which what they name is called. */
function isFunctionMember(key: string): boolean {
  return key === 'config' || key === 'function' || key === 'output_shape' || key === 'mask';
}

interface NamedFunction {
  readonly key: string;
  readonly text: string;
  readonly isCode: boolean;
}

/** What Keras 1 and 2 keep in a Lambda layer: a list that begins with encoded bytecode, or a name, by `function_type`. */
function namedFunctions(config: JsonNode): NamedFunction[] {
  return ['function', 'output_shape', 'mask'].flatMap((key) => {
    const types = jsonTexts(config, `${key}_type`);
    return jsonMembers(config, key).flatMap((value): NamedFunction[] => {
      const encoded = firstText(value);
      if (value.kind === 'string' && !types.includes('lambda')) return [{ key, text: value.value, isCode: false }];
      return encoded === undefined || (key !== 'function' && !types.includes('lambda')) ? [] : [{ key, text: encoded, isCode: true }];
    });
  });
}

/** The first text of a list, which JSON may hold as such or as `{"class_name": "__tuple__", "items": [...]}`. */
function firstText(value: JsonNode): string | undefined {
  if (value.kind === 'string') return value.value;
  const items = value.kind === 'array' ? value.items : jsonMembers(value, 'items').flatMap((one) => (one.kind === 'array' ? one.items : []));
  const [first] = items;
  return first?.kind === 'string' ? first.value : undefined;
}

function fileOperands(config: JsonNode): CodeOperand[] {
  if (config.kind !== 'object') return [];
  return config.members.flatMap(({ key, value }) => (FILE_MEMBERS.has(key) && value.kind === 'string' && value.value !== '' ? [{ name: key, constants: [cut(value.value)], computedBy: [] }] : []));
}

/** `math.add` is TensorFlow's function `add` in `tensorflow.math`. */
function symbolAction(symbol: string, node: string) {
  const at = symbol.lastIndexOf('.');
  const module = at < 0 ? 'tensorflow' : `tensorflow.${symbol.slice(0, at)}`;
  return { kind: 'call' as const, via: 'TFOpLambda', module, name: symbol.slice(at + 1), text: `tf.${cut(symbol)}(...)`, node };
}

/** Code objects begin with `c`, with or without the bit that says that something refers to them; base64 makes these of it. */
function isMarshalledText(text: string): boolean {
  return /^(4|Y)[w-z][A-Za-z0-9+/\s]{40,}=*\s*$/.test(text.length > 4096 ? text.slice(0, 4096) : text);
}
