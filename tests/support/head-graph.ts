import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { GraphFacet, Tensors } from '../../src/model/facets.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';

/**
 * Features → a hidden layer of as many → Relu → one linear layer, both with these weights, the head's drawn first; `last`
 * is put after it when given (a graph without a head).
 */
export function headGraph(
  classCount: number, featureCount: number, weightAt: (label: number, feature: number) => number, last?: string,
): { readonly graph: GraphFacet; readonly tensors: Tensors } {
  const weights = Float32Array.from({ length: classCount * featureCount }, (_, at) => weightAt(Math.floor(at / featureCount), at % featureCount));
  const hidden = Float32Array.from({ length: featureCount * featureCount }, (_, at) => weightAt(Math.floor(at / featureCount), at % featureCount));
  const build = graphBuilder();
  const input = build.input('input', 'float', ['N', featureCount]);
  const features = build.node('Relu', [build.node('MatMul', [input, build.node('Transpose', [build.constant('hidden.weight', hidden, [featureCount, featureCount])])])]);
  const weight = build.constant('head.weight', weights, [classCount, featureCount]);
  const bias = build.constant('head.bias', new Float32Array(classCount), [classCount]);
  const scores = build.node('Gemm', [features, weight, bias], { attributes: { transB: attribute.int(1) } });
  build.output(last === undefined ? scores : build.node(last, [scores]), 'float', ['N', classCount]);
  const source = memorySource(new Uint8Array(0));
  const info = (name: string, rows: number, values: Float32Array) => ({
    name, dataType: 'float', shape: [rows, featureCount], source: memorySource(new Uint8Array(values.buffer)), range: { offset: 0, length: values.byteLength },
  });
  return {
    graph: { model: modelOf(build.graph()), bytes: source, externalFiles: [] },
    tensors: { list: [info('hidden.weight', featureCount, hidden), info('head.weight', classCount, weights)], values: async (name) => (name === 'hidden.weight' ? hidden : weights) },
  };
}
