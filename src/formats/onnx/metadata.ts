import type { OnnxModel } from '../../onnx/onnx-model.ts';

/** Operator domains that come with ONNX or onnxruntime; everything else needs a library that the model does not bring. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  '', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview.training', 'ai.onnx.preview',
  'com.microsoft', 'com.microsoft.nchwc', 'com.microsoft.experimental', 'com.ms.internal.nhwc',
]);

/** The model's own metadata, and what the file says of its origin under keys that no exporter uses. */
export function metadataOf(model: OnnxModel): ReadonlyMap<string, string> {
  const own = {
    'onnx.ir_version': String(model.irVersion),
    'onnx.opset_imports': opsets(model),
    'onnx.producer_name': model.producerName,
    'onnx.producer_version': model.producerVersion,
    'onnx.domain': model.domain,
    'onnx.model_version': String(model.modelVersion),
    'onnx.graph_name': model.graph.name,
    'onnx.doc_string': model.docString ?? '',
  };
  return new Map([...model.metadata, ...Object.entries(own).filter(([, value]) => value !== '')]);
}

/** What the file is, for the report. */
export function notesOf(model: OnnxModel): readonly string[] {
  const producer = [model.producerName, model.producerVersion].filter((part) => part !== '').join(' ');
  const notes = [`ONNX IR version ${model.irVersion}, operator sets ${opsets(model)}${producer === '' ? '' : `, made by ${producer}`}.`];
  const unknown = unknownOperators(model);
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).join(', ');
    notes.push(`Operators of other domains: ${named}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}.`);
  }
  return notes;
}

function opsets(model: OnnxModel): string {
  return [...model.opsetImports].map(([domain, version]) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ');
}

/** Operators of the main graph that neither ONNX, onnxruntime nor the model itself defines. */
function unknownOperators(model: OnnxModel): readonly string[] {
  const own = new Set(model.functions.map((body) => `${body.domain}:${body.name}`));
  const found = new Set<string>();
  for (const { domain, opType } of model.graph.nodes) {
    const name = `${domain}:${opType}`;
    if (!KNOWN_DOMAINS.has(domain) && !own.has(name)) found.add(name);
  }
  return [...found];
}
