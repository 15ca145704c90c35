import type { ByteRange } from '../../artifacts/byte-source.ts';
import type { CodeAction, CodeProgram } from '../../model/code.ts';
import { isPipelineLibrary } from '../../model/is-pipeline-library.ts';
import type { JsonNode } from '../json/json-node.ts';
import { walkJson } from '../json/walk-json.ts';
import { shown } from '../oddities/shown.ts';

export interface NamedCode {
  readonly programs: readonly CodeProgram[];
  /** Modules beside the model whose classes it names: `modeling_x`. */
  readonly modules: readonly { readonly name: string; readonly range: ByteRange }[];
  /** Keys that were looked at. */
  readonly examined: number;
}

/** Classes that one configuration names; the largest has some dozens (CWE-770). */
const MAX_ACTIONS = 5_000;

/** Keys whose texts name classes of files beside the model, at any depth: `auto_map`, and what pipelines of their own are made of. */
const MAPS: ReadonlySet<string> = new Set(['auto_map', 'custom_pipelines']);

/** What a configuration asks its loader to import or to call by name. */
export function codeNamedIn(root: JsonNode, placed: (node: JsonNode) => ByteRange): NamedCode {
  const actions: CodeAction[] = [];
  const modules = new Map<string, ByteRange>();
  let examined = 0;
  const add = (action: Omit<CodeAction, 'offset' | 'count'>, node: JsonNode): void => {
    if (actions.length < MAX_ACTIONS) actions.push({ ...action, offset: placed(node).offset, count: 1 });
  };
  const nameClass = (node: JsonNode, via: string, path: string): void => {
    if (node.kind === 'array') for (const item of node.items) nameClass(item, via, path);
    if (node.kind === 'object') for (const { key, value } of node.members) if (key !== 'pt' && key !== 'tf' && key !== 'type' && key !== 'default') nameClass(value, via, `${path}.${key}`);
    if (node.kind !== 'string' || node.value === '') return;
    const { module, name, repository } = split(node.value);
    add({ kind: 'import', via, target: { kind: 'name', module: repository === '' ? module : `${repository}--${module}`, name }, text: `${path} = ${shown(node.value)}` }, node);
    // A step of a dotted name comes from an installed package; the folder of the model is no package.
    const isBeside = repository === '' && module !== '' && (via !== 'modules' || !module.includes('.'));
    if (isBeside) modules.set(module, placed(node));
  };
  for (const { path, member } of walkJson(root)) {
    examined += 1;
    const { key, value } = member;
    if (MAPS.has(key)) nameClass(value, key, path);
    if (key === '_target_' && value.kind === 'string') {
      const { module, name } = split(value.value);
      // An instance is made of a class and a function called; the name alone tells which, by the custom of writing classes with a capital.
      add({ kind: /^_*[A-Z]/.test(name) ? 'construct' : 'call', via: key, target: { kind: 'name', module, name }, text: `${path} = ${shown(value.value)}` }, value);
    }
    // PEFT looks the class of the base model up in whatever package this names.
    if (key === 'auto_mapping' && value.kind === 'object') nameBaseModel(value, path, add);
    // The list of a sentence-transformers model: what each step is made of.
    if (root.kind === 'array' && key === 'type' && value.kind === 'string' && value.value.includes('.')) nameClass(value, 'modules', path);
    // TorchServe's manifest: a handler of the archive's own, where it is none of the ones that TorchServe brings along.
    if (key === 'handler' && value.kind === 'string' && /\.py(?::\w+)?$/.test(value.value)) add({ kind: 'import', via: key, target: { kind: 'name', module: value.value.replace(/\.py(?::\w+)?$/, ''), name: '' }, text: `${path} = ${shown(value.value)}` }, value);
    if (key === 'trust_remote_code' && value.kind === 'boolean' && value.value) add({ kind: 'import', via: key, target: { kind: 'computed', text: 'whatever the repository holds' }, text: `${path} = true` }, value);
  }
  if (isPipeline(root)) {
    for (const { key, value } of root.members) {
      const [library, name, ...rest] = value.kind === 'array' ? value.items : [];
      if (library?.kind !== 'string' || name?.kind !== 'string' || rest.length > 0) continue;
      add({ kind: 'construct', via: 'component', target: { kind: 'name', module: library.value, name: name.value }, text: `${key} = [${shown(library.value)}, ${shown(name.value)}]` }, library);
      // diffusers looks for the module of a component in the component's folder, and for that of the pipeline beside the list.
      if (!library.value.includes('.') && !isPipelineLibrary(library.value)) modules.set(key === '_class_name' ? library.value : `${key}/${library.value}`, placed(library));
    }
  }
  const program: CodeProgram = { language: 'python', place: 'the configuration', range: placed(root), runs: 'load', actions, irregularities: [] };
  return { programs: actions.length === 0 ? [] : [program], modules: [...modules].map(([name, range]) => ({ name, range })), examined };
}

/** Keys of the list in which diffusers says what each part of a pipeline is. */
const isPipeline = (root: JsonNode): root is Extract<JsonNode, { kind: 'object' }> => root.kind === 'object' && root.members.some(({ key }) => key === '_class_name' || key === '_diffusers_version');

function nameBaseModel(mapping: Extract<JsonNode, { kind: 'object' }>, path: string, add: (action: Omit<CodeAction, 'offset' | 'count'>, node: JsonNode) => void): void {
  const valueOf = (key: string): JsonNode | undefined => mapping.members.filter((one) => one.key === key).at(-1)?.value;
  const [library, name] = [valueOf('parent_library'), valueOf('base_model_class')];
  if (library?.kind !== 'string') return;
  add({ kind: 'construct', via: 'auto_mapping', target: { kind: 'name', module: library.value, name: name?.kind === 'string' ? name.value : '' }, text: `${path}.parent_library = ${shown(library.value)}` }, library);
}

/** `owner/repository--module.Class`, `module.Class`. */
function split(text: string): { readonly repository: string; readonly module: string; readonly name: string } {
  const at = text.lastIndexOf('--');
  const own = at < 0 ? text : text.slice(at + 2);
  const dot = own.lastIndexOf('.');
  return { repository: at < 0 ? '' : text.slice(0, at), module: own.slice(0, Math.max(0, dot)), name: own.slice(dot + 1) };
}
