import { GateError } from '../../errors.ts';
import type { CodeProgram } from '../../model/code.ts';
import type { FileOddity } from '../../model/structure.ts';
import { WIRE_LENGTH } from '../../onnx/wire.ts';
import { followConfig } from '../keras/follow-config.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import { capturedConstants } from './captured-constants.ts';
import { eachField, entryOf, spansOf, textOf, type Span } from './message.ts';
import { operatorsOf } from './operators-of.ts';
import { readGraph, type GraphBudget, type GraphScope } from './read-graph.ts';
import { MAX_METADATA_BYTES, MAX_TENSORFLOW_NAME_BYTES } from './tensorflow-limits.ts';

export interface ReadMetaGraph {
  readonly scopes: readonly GraphScope[];
  readonly programs: readonly CodeProgram[];
  readonly oddities: readonly FileOddity[];
}

/** MetaGraphDef (meta_graph.proto): graph 2, collections 4, asset files 6, objects 7. `place` is a noun phrase. */
export function readMetaGraph(span: Span, place: string, budget: GraphBudget): ReadMetaGraph {
  const assets = new Map<string, string>();
  const oddities: FileOddity[] = [];
  const objects: Span[] = [];
  const files: Span[] = [];
  const collected: Span[] = [];
  const scopes: GraphScope[] = [];
  eachField(span, (field) => {
    if (field.wire !== WIRE_LENGTH) return;
    const part = { bytes: span.bytes, start: field.start, end: field.end };
    // A graph that is there twice is one, put together (protobuf).
    if (field.number === 2) scopes.push(...readGraph(part, budget));
    else if (field.number === 6) files.push(part);
    else if (field.number === 4) collected.push(...collectedAssets(part));
    else if (field.number === 7) objects.push(part);
  }, 'meta graph');
  // Loaders look into the collection only where the graph has no list.
  for (const file of files.length > 0 ? files : collected) readAsset(file, assets, oddities);
  // SavedObjectGraph.nodes 1, SavedObject.user_object 4, SavedUserObject.metadata 3.
  const metadata = objects.flatMap((object) => spansOf(object, 1)).flatMap((node) => spansOf(node, 4)).flatMap((object) => spansOf(object, 3));
  const keras = followMetadata(metadata, `${place}, objects`);
  return {
    scopes,
    programs: [operatorsOf({ place, range: rangeOf(span), scopes: merged(scopes), assets, captured: capturedConstants(objects) }), ...keras.programs],
    oddities: [...oddities, ...keras.oddities],
  };
}

export function rangeOf({ start, end }: Span): { readonly offset: number; readonly length: number } {
  return { offset: start, length: end - start };
}

/** Nodes of the same graph see each other, however often its field is there. */
function merged(scopes: readonly GraphScope[]): GraphScope[] {
  const graphs = scopes.filter(({ name }) => name === undefined);
  return [{ parameters: [], results: [], nodes: graphs.flatMap(({ nodes }) => nodes) }, ...scopes.filter(({ name }) => name !== undefined)];
}

/** The asset files of SavedModels that TensorFlow 1 wrote: CollectionDef.any_list 5 under one name, whose values 1 are Any with a value 2. */
function collectedAssets(entry: Span): Span[] {
  const { key, value } = entryOf(entry, MAX_TENSORFLOW_NAME_BYTES);
  return key === 'saved_model_assets' ? spansOf(value, 5).flatMap((list) => spansOf(list, 1)).flatMap((any) => spansOf(any, 2)) : [];
}

/** AssetFileDef: the name of a tensor (TensorInfo.name) and that of a file in `assets`, by which the loader replaces its text. */
function readAsset(span: Span, assets: Map<string, string>, oddities: FileOddity[]): void {
  const file = spansOf(span, 2).map((one) => textOf(one, MAX_TENSORFLOW_NAME_BYTES, 'name of an asset')).at(-1) ?? '';
  const oddity = oddityOfPath(file, 'asset files');
  const isInside = oddity.kind !== 'escaping-path';
  if (!isInside) oddities.push({ ...oddity, bytes: rangeOf(span) });
  for (const info of spansOf(span, 1)) {
    for (const name of spansOf(info, 1)) assets.set(textOf(name, MAX_TENSORFLOW_NAME_BYTES, 'name').split(':', 1)[0] ?? '', isInside ? `assets/${file}` : file);
  }
}

/** What Keras keeps beside objects as JSON, and needs to make them again. Other libraries keep other things there. */
export function followMetadata(spans: readonly Span[], place: string): { readonly programs: readonly CodeProgram[]; readonly oddities: readonly FileOddity[] } {
  const programs: CodeProgram[] = [];
  const oddities: FileOddity[] = [];
  let bytes = 0;
  const actions = new Map<string, CodeProgram['actions'][number]>();
  for (const span of spans) {
    bytes += span.end - span.start;
    if (bytes > MAX_METADATA_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The objects carry more than ${MAX_METADATA_BYTES} bytes of metadata.`, where: { offset: span.start } });
    const text = textOf(span, MAX_METADATA_BYTES, 'metadata');
    if (!/^\s*\{/.test(text)) continue;
    try {
      const followed = followConfig(text, { place, offset: span.start, length: span.end - span.start });
      const [main, ...functions] = followed.programs;
      for (const action of main?.actions ?? []) {
        const key = JSON.stringify([action.kind, action.via, action.target, action.operands]);
        const known = actions.get(key);
        actions.set(key, known === undefined ? action : { ...known, count: known.count + action.count });
      }
      programs.push(...functions);
      oddities.push(...followed.oddities);
    } catch (error) {
      // What is no JSON is no configuration of Keras.
      if (!(error instanceof GateError) || error.code !== 'format/malformed') throw error;
    }
  }
  const [first] = spans;
  if (actions.size === 0 || first === undefined) return { programs, oddities };
  const range = { offset: first.start, length: (spans.at(-1) ?? first).end - first.start };
  return { programs: [{ language: 'keras', place, range, runs: 'load', actions: [...actions.values()], irregularities: [] }, ...programs], oddities };
}
