import type { OnnxModel } from '../../onnx/onnx-model.ts';
import { foreignOperators } from './foreign-operators.ts';

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
  const unknown = foreignOperators(model);
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map(({ name }) => name).join(', ');
    notes.push(`Operators of other domains: ${named}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}.`);
  }
  return notes;
}

function opsets(model: OnnxModel): string {
  return [...model.opsetImports].map(([domain, version]) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ');
}
