import type { OnnxModel, OnnxNode } from '../../onnx/onnx-model.ts';
import { intAttribute } from '../../onnx/graph-index.ts';
import { subgraphsOf } from '../../onnx/walk.ts';

/**
 * Files that nodes of type EPContext name: what an execution provider (QNN, TensorRT, OpenVINO) compiled of a graph, which onnxruntime hands to
 * that provider's library when it loads the model. `embed_mode` 0 says that `ep_cache_context` is a path and not the content.
 * Source: https://onnxruntime.ai/docs/execution-providers/EP-Context-Design.html
 */
export function contextFiles(model: OnnxModel): readonly string[] {
  const files = new Set<string>();
  const look = (nodes: readonly OnnxNode[]): void => {
    for (const node of nodes) {
      for (const { graph } of subgraphsOf(node)) look(graph.nodes);
      const path = node.opType === 'EPContext' ? pathOf(node) : undefined;
      if (path !== undefined && path !== '') files.add(path);
    }
  };
  look(model.graph.nodes);
  for (const body of model.functions) look(body.nodes);
  return [...files];
}

function pathOf(node: OnnxNode): string | undefined {
  const content = node.attributes.get('ep_cache_context');
  // Without the attribute the content is embedded.
  return content?.type === 'string' && intAttribute(node, 'embed_mode', 1) === 0 ? Buffer.from(content.value).toString('utf8') : undefined;
}
