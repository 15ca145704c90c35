import type { OnnxModel, OnnxNode } from '../../onnx/onnx-model.ts';
import { subgraphsOf } from '../../onnx/walk.ts';

/** Operator domains that come with ONNX or onnxruntime; everything else needs a library that the model does not bring. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  '', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview.training', 'ai.onnx.preview',
  'com.microsoft', 'com.microsoft.nchwc', 'com.microsoft.experimental', 'com.ms.internal.nhwc',
]);

/** Of onnxruntime-training and onnxruntime-extensions: they call a Python function by its name or number. */
const PYTHON_OPERATORS: ReadonlySet<string> = new Set(['PythonOp', 'PythonOpGrad', 'PyOp', 'PyCustomOp', 'PyFunc']);

export interface ForeignOperator {
  /** `domain:Type`. */
  readonly name: string;
  readonly runsPython: boolean;
  readonly count: number;
}

/** Operators that neither ONNX, onnxruntime nor the model itself defines, in the graph, its subgraphs and its functions, and those that run Python. */
export function foreignOperators(model: OnnxModel): readonly ForeignOperator[] {
  const own = new Set(model.functions.map((body) => `${body.domain}:${body.name}`));
  const found = new Map<string, ForeignOperator>();
  const look = (nodes: readonly OnnxNode[]): void => {
    for (const node of nodes) {
      for (const { graph } of subgraphsOf(node)) look(graph.nodes);
      const name = `${node.domain}:${node.opType}`;
      const runsPython = PYTHON_OPERATORS.has(node.opType) && node.domain !== '';
      if (own.has(name) || (KNOWN_DOMAINS.has(node.domain) && !runsPython)) continue;
      found.set(name, { name, runsPython, count: (found.get(name)?.count ?? 0) + 1 });
    }
  };
  look(model.graph.nodes);
  for (const body of model.functions) look(body.nodes);
  return [...found.values()];
}
