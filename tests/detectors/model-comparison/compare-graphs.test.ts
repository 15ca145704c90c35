import { describe, expect, it } from 'vitest';
import { canonicalGraph } from '../../../src/detectors/model-comparison/canonical-graph.ts';
import { compareGraphs } from '../../../src/detectors/model-comparison/compare-graphs.ts';
import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../../../src/onnx/build.ts';

type Write = (build: GraphBuilder, input: string) => string;

function listOf(write: Write) {
  const build = graphBuilder();
  build.output(write(build, build.input('image', 'float', ['N', 3, 8, 8])), 'float', ['N', 10]);
  return canonicalGraph(modelOf(build.graph()));
}

let names = 0;
const constant = (build: GraphBuilder, ...dims: number[]): string => {
  names += 1;
  return build.constant(`c${names}`, new Float32Array(dims.reduce((product, size) => product * size, 1)), dims);
};
const convolve = (build: GraphBuilder, x: string): string => build.node('Conv', [x, constant(build, 4, 3, 1, 1), constant(build, 4)]);
const block: Write = (build, x) => build.node('Add', [build.node('Relu', [convolve(build, x)]), x]);
const head: Write = (build, x) => build.node('Gemm', [build.node('Flatten', [build.node('GlobalAveragePool', [x])]), constant(build, 4, 10), constant(build, 10)]);

/** A small residual network. */
const plain: Write = (build, x) => head(build, block(build, block(build, build.node('Relu', [convolve(build, x)]))));

/** The same as another exporter writes it. */
const exportedAgain: Write = (build, x) => {
  const convolution = (value: string): string => build.node('Add', [constant(build, 1, 4, 1, 1), build.node('BatchNormalization', [build.node('Conv', [value, constant(build, 4, 3, 1, 1)]), ...[4, 4, 4, 4].map((size) => constant(build, size))])]);
  const residual = (value: string): string => build.node('Add', [value, build.node('Relu', [convolution(value)])]);
  const normalized = build.node('Div', [build.node('Sub', [build.node('Identity', [x]), constant(build, 1, 3, 1, 1)]), constant(build, 1, 3, 1, 1)]);
  const features = residual(residual(build.node('Relu', [convolution(normalized)])));
  const mean = build.node('ReduceMean', [features], { attributes: { axes: attribute.ints([2, 3]) } });
  return build.node('Add', [build.node('MatMul', [build.node('Reshape', [mean, build.constant(`shape${names}`, BigInt64Array.of(0n, -1n), [2])]), constant(build, 4, 10)]), constant(build, 10)]);
};

const quantized: Write = (build, x) => {
  const restored = (value: string): string => {
    const [scale, zero] = [constant(build, 1), build.constant(`z${(names += 1)}`, Uint8Array.of(0), [1])];
    return build.node('DequantizeLinear', [build.node('QuantizeLinear', [value, scale, zero]), scale, zero]);
  };
  const residual = (value: string): string => build.node('Add', [build.node('Relu', [convolve(build, restored(value))]), value]);
  return head(build, residual(residual(build.node('Relu', [convolve(build, restored(x))]))));
};

const compare = (earlier: Write, later: Write) => {
  const change = compareGraphs(listOf(earlier), listOf(later));
  if (change === undefined) throw new Error('too large');
  return { ...change, joins: change.joins.map(({ label }) => label), added: change.added.map(({ label }) => label), removed: change.removed.map(({ label }) => label) };
};

const NOTHING = { added: [], removed: [], rewired: [], joins: [] };

describe('compareGraphs', () => {
  it('sees no change in the same network under other names, exported otherwise, or quantized', () => {
    expect(compare(plain, plain)).toMatchObject(NOTHING);
    expect(compare(plain, exportedAgain)).toMatchObject(NOTHING);
    expect(compare(exportedAgain, plain)).toMatchObject(NOTHING);
    expect(compare(plain, quantized)).toMatchObject(NOTHING);
  });

  it('sees a branch from the input to the scores', () => {
    const branched: Write = (build, x) => {
      const mean = build.node('ReduceMean', [build.node('Abs', [build.node('Sub', [x, constant(build, 1, 3, 8, 8)])])], { attributes: { axes: attribute.ints([1, 2, 3]), keepdims: attribute.int(0) } });
      return build.node('Add', [plain(build, x), build.node('Mul', [build.node('Cast', [build.node('Less', [mean, constant(build, 1)])], { attributes: { to: attribute.int(1) } }), constant(build, 1, 10)])]);
    };

    expect(compare(plain, branched)).toMatchObject({ added: ['Abs', 'Mean', 'Less', 'Add'], removed: [], joins: ['Add'] });
  });

  it('sees a branch inside, from the input to the features, also when an activation beside it is exchanged', () => {
    const branched = (activation: string): Write => (build, x) => {
      const first = build.node(activation, [convolve(build, x)]);
      return head(build, block(build, block(build, build.node('Max', [first, build.node('Tanh', [build.node('ReduceMax', [x])])]))));
    };

    expect(compare(plain, branched('Relu')).joins).toEqual(['Max']);
    expect(compare(plain, branched('Elu')).joins).toEqual(['Max']);
  });

  it('takes an activation that is spelled out for the activation it replaces', () => {
    const withGelu: Write = (build, x) => head(build, build.node('Gelu', [convolve(build, x)]));
    const spelledOut: Write = (build, x) => {
      const value = convolve(build, x);
      return head(build, build.node('Mul', [value, build.node('Erf', [build.node('Div', [value, constant(build, 1)])])]));
    };

    expect(compare(withGelu, spelledOut)).toMatchObject({ added: ['Erf', 'Mul'], removed: ['Gelu'], joins: [] });
  });

  it('sees a node that takes its input from elsewhere', () => {
    const rewired: Write = (build, x) => {
      const first = build.node('Relu', [convolve(build, x)]);
      const second = block(build, first);
      return head(build, build.node('Add', [build.node('Relu', [convolve(build, second)]), first]));
    };

    expect(compare(plain, rewired).rewired).toHaveLength(1);
  });

  it('gives up on parts that differ too much to be compared', () => {
    const long = (label: string) => Array.from({ length: 3_100 }, () => ({ label, inputs: [], name: '' }));

    expect(compareGraphs(long('Relu'), long('Tanh'))).toBeUndefined();
  });
});
