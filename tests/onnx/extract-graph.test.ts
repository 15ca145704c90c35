import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { extractGraph } from '../../src/onnx/extract-graph.ts';
import type { OnnxModel, OnnxValueInfo } from '../../src/onnx/onnx-model.ts';
import { validateOnnxModel } from '../../src/onnx/validate.ts';

const float = (name: string): OnnxValueInfo => ({ name, type: { kind: 'tensor', elementType: 'float', shape: [undefined, undefined] } });

/** x → Relu → features → Gemm (weights) → y, and beside it x → Sigmoid → side. */
function smallModel(): OnnxModel {
  const build = graphBuilder();
  const x = build.input('x', 'float', ['N', 2]);
  const features = build.node('Relu', [x], { outputs: ['features'] });
  build.output(build.node('Gemm', [features, build.constant('weights', new Float32Array(4), [2, 2])], { outputs: ['y'] }), 'float', ['N', 2]);
  build.output(build.node('Sigmoid', [x], { outputs: ['side'] }), 'float', ['N', 2]);
  return modelOf(build.graph());
}

const opTypes = ({ graph }: OnnxModel): string[] => graph.nodes.map(({ opType }) => opType);

describe('a part of a graph', () => {
  it('ends at the value asked for and needs nothing behind it', () => {
    const front = extractGraph(smallModel(), { inputs: [], outputs: ['features'] });

    expect(opTypes(front)).toEqual(['Relu']);
    expect(front.graph.initializers).toEqual([]);
    expect(front.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    validateOnnxModel(front);
  });

  it('begins at the value given and keeps the constants that it needs only', () => {
    const rest = extractGraph(smallModel(), { inputs: [float('features')], outputs: ['y'] });

    expect(opTypes(rest)).toEqual(['Gemm']);
    expect(rest.graph.initializers.map(({ name }) => name)).toEqual(['weights']);
    expect(rest.graph.inputs.map(({ name }) => name)).toEqual(['features']);
    validateOnnxModel(rest);
  });

  it('keeps a node that makes the given value and another one, under a name that nothing has', () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', ['N', 4]);
    build.node('Split', [x], { outputs: ['left', 'right'], attributes: { axis: attribute.int(1), num_outputs: attribute.int(2) } });
    build.node('Neg', ['right'], { outputs: ['left//computed'] });
    build.output(build.node('Add', ['left', 'left//computed'], { outputs: ['y'] }), 'float', ['N', 2]);
    const rest = extractGraph(modelOf(build.graph(), { opsetImports: { '': 18 } }), { inputs: [float('left')], outputs: ['y'] });

    expect(rest.graph.nodes[0]?.outputs).toEqual(['left//computed/', 'right']);
    validateOnnxModel(rest);
  });

  it('follows what a subgraph takes from around it', () => {
    const branch = graphBuilder();
    branch.output(branch.node('Neg', ['features']));
    const build = graphBuilder();
    const x = build.input('x', 'float', ['N', 2]);
    build.node('Relu', [x], { outputs: ['features'] });
    const condition = build.constant('condition', Uint8Array.of(1), [], 'bool');
    const graph = attribute.graph(branch.graph('branch'));
    build.output(build.node('If', [condition], { outputs: ['y'], attributes: { then_branch: graph, else_branch: graph } }), 'float', ['N', 2]);

    expect(opTypes(extractGraph({ ...smallModel(), graph: build.graph() }, { inputs: [], outputs: ['y'] }))).toEqual(['Relu', 'If']);
  });

  it('refuses a value that no node produces', () => {
    expect(() => extractGraph(smallModel(), { inputs: [], outputs: ['x'] })).toThrow(expect.objectContaining({ code: 'internal/unexpected' }));
  });
});
