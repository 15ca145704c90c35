import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../../src/onnx/build.ts';
import { describeClassifier, type ClassifierDescription } from '../../src/onnx/describe-classifier.ts';
import type { OnnxDimension, OnnxModel } from '../../src/onnx/onnx-model.ts';
import { acceptFixtures, fixtureModel } from './onnx-fixtures.ts';

const classifiers = acceptFixtures.filter(({ expected }) => expected.classifier !== undefined);

async function described(model: OnnxModel, hints = {}): Promise<ClassifierDescription> {
  const answer = await describeClassifier(model, hints);
  if ('absence' in answer) throw new Error(answer.absence);
  return answer;
}

async function absenceOf(model: OnnxModel, hints = {}): Promise<string> {
  const answer = await describeClassifier(model, hints);
  return 'absence' in answer ? answer.absence : 'a classifier';
}

describe('a classifier', () => {
  it.each(classifiers)('$name is described', async (fixture) => {
    const { expected } = fixture;
    const answer = await described(fixtureModel(fixture), expected.hints);

    expect(answer.input).toEqual({ batch: undefined, ...expected.classifier?.input });
    expect(answer.output).toEqual(expected.classifier?.output);
    if (expected.classifier?.normalization !== undefined) expect(answer.embeddedNormalization).toEqual(expected.classifier.normalization);
  });

  it.each(acceptFixtures.filter(({ expected }) => expected.absence !== undefined))('$name is none, and the answer says why', async (fixture) => {
    expect(await absenceOf(fixtureModel(fixture))).toContain(fixture.expected.absence);
  });

  it('with a learned normalization tells nothing of the range of its pixels', async () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'input-batch-norm');
    if (fixture === undefined) throw new Error('fixture is missing');
    const { embeddedNormalization } = await described(fixtureModel(fixture));

    expect(embeddedNormalization?.mean).toEqual([0, 0, 0]);
    expect(embeddedNormalization?.range).toBeUndefined();
  });
});

/** A linear classifier behind whatever `front` makes of the input. */
function classifierModel(shape: readonly OnnxDimension[], front: (graph: GraphBuilder, input: string) => string = (_, input) => input, options: { conv?: boolean; classes?: OnnxDimension } = {}): OnnxModel {
  const graph = graphBuilder();
  const x = front(graph, graph.input('input', 'float', shape));
  let features = x;
  if (options.conv === true) {
    features = graph.node('Conv', [x, graph.constant('kernel', new Float32Array(4 * 3 * 9), [4, 3, 3, 3])]);
    features = graph.node('Flatten', [graph.node('GlobalAveragePool', [features])]);
  }
  graph.node('MatMul', [features, graph.constant('weights', new Float32Array(4 * 5), [4, 5])], { outputs: ['logits'] });
  graph.output('logits', 'float', ['N', options.classes ?? 5]);
  return modelOf(graph.graph());
}

describe('the input', () => {
  it('of a convolution has its channels first, whatever the numbers look like', async () => {
    const { input } = await described(classifierModel(['N', 3, 8, 4], undefined, { conv: true }));

    expect(input).toMatchObject({ layout: 'nchw', channels: 3, height: 8, width: 4 });
  });

  it('has the channels that the first convolution takes when the shape leaves them open', async () => {
    const { input } = await described(classifierModel(['N', 'C', 8, 8], undefined, { conv: true }));

    expect(input.channels).toBe(3);
  });

  it('is transposed when the graph transposes it', async () => {
    const toFirst = (graph: GraphBuilder, input: string): string => graph.node('Transpose', [input], { attributes: { perm: attribute.ints([0, 3, 1, 2]) } });

    expect((await described(classifierModel(['N', 8, 4, 3], toFirst, { conv: true }))).input).toMatchObject({ layout: 'nhwc', channels: 3, height: 8, width: 4 });
  });

  it('whose size is open takes it from the hints, and says what it needs without', async () => {
    const model = classifierModel(['N', 3, 'H', 'W'], undefined, { conv: true });

    expect(await absenceOf(model)).toContain('input.size');
    expect((await described(model, { size: [10, 12] })).input).toMatchObject({ height: 10, width: 12 });
    expect((await described(classifierModel(['N', 3, 8, 8], undefined, { conv: true }), { size: [10, 12] })).input).toMatchObject({ height: 8, width: 8 });
  });

  it('of vectors has the length that the first layer takes when the shape leaves it open', async () => {
    expect((await described(classifierModel(['N', undefined]))).input).toMatchObject({ kind: 'vector', layout: 'flat', channels: 1, height: 1, width: 4 });
  });

  it('is the one that is no initializer', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', [1, 4]);
    graph.input('w', 'float', [4, 5]);
    graph.node('MatMul', [x, graph.constant('w', new Float32Array(20), [4, 5])], { outputs: ['y'] });
    graph.output('y', 'float', [1, 5]);

    expect((await described(modelOf(graph.graph(), { irVersion: 3 }))).input).toMatchObject({ name: 'x', batch: 1 });
  });

  it.each([
    [[3, 8, 8], 'neither the four dimensions'],
    [['N', 3, 8, 0], 'hold nothing'],
    [[0, 4], 'batch is 0'],
  ])('of shape %j is none', async (shape, reason) => {
    expect(await absenceOf(classifierModel(shape as OnnxDimension[]))).toContain(reason);
  });
});

describe('a normalization in the graph', () => {
  const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  const channels = (values: readonly number[]): [Float32Array, number[]] => [Float32Array.from(values), [1, 3, 1, 1]];

  const fronts: Readonly<Record<string, (graph: GraphBuilder, input: string) => string>> = {
    'Sub, Div': (graph, x) => graph.node('Div', [graph.node('Sub', [x, graph.constant('m', ...channels(imagenet.mean))]), graph.constant('s', ...channels(imagenet.std))]),
    'Mul, Add': (graph, x) =>
      graph.node('Add', [
        graph.constant('b', ...channels(imagenet.mean.map((mean, at) => -mean / (imagenet.std[at] ?? 1)))),
        graph.node('Mul', [x, graph.constant('a', ...channels(imagenet.std.map((std) => 1 / std)))]),
      ]),
    'BatchNormalization': (graph, x) =>
      graph.node('BatchNormalization', [
        x,
        graph.constant('g', Float32Array.of(1, 1, 1), [3]),
        graph.constant('be', Float32Array.of(0, 0, 0), [3]),
        graph.constant('mu', Float32Array.from(imagenet.mean), [3]),
        graph.constant('v', Float32Array.from(imagenet.std.map((std) => std * std)), [3]),
      ], { attributes: { epsilon: attribute.float(0) } }),
  };

  it.each(Object.keys(fronts))('written as %s is recognised', async (name) => {
    const { embeddedNormalization } = await described(classifierModel(['N', 3, 8, 8], fronts[name], { conv: true }));

    for (const [at, mean] of imagenet.mean.entries()) {
      expect(embeddedNormalization?.mean[at]).toBeCloseTo(mean, 5);
      expect(embeddedNormalization?.std[at]).toBeCloseTo(imagenet.std[at] ?? 0, 5);
    }
  });

  it('made for bytes wants pixels from 0 to 255', async () => {
    const scale = (graph: GraphBuilder, x: string): string => graph.node('Div', [x, graph.constant('c', Float32Array.of(255), [])]);

    expect((await described(classifierModel(['N', 3, 8, 8], scale, { conv: true }))).embeddedNormalization).toEqual({ mean: [0], std: [255], range: [0, 255] });
  });

  it('is not one when the constant is a whole image or a graph input', async () => {
    const image = (graph: GraphBuilder, x: string): string => graph.node('Sub', [x, graph.constant('c', new Float32Array(3 * 64).fill(0.5), [3, 8, 8])]);

    expect((await described(classifierModel(['N', 3, 8, 8], image, { conv: true }))).embeddedNormalization).toBeUndefined();
    expect((await described(classifierModel(['N', 3, 8, 8], (graph, x) => graph.node('Mul', [x, x]), { conv: true }))).embeddedNormalization).toBeUndefined();
  });
});

describe('the output', () => {
  it('has the classes of the last layer when the shape leaves them open, and a note says so', async () => {
    const answer = await described(classifierModel(['N', 4], undefined, { classes: 'classes' }));

    expect(answer.output.classCount).toBe(5);
    expect(answer.notes.join(' ')).toContain('class count 5');
  });

  it('that only Log of Softmax makes is log-probabilities', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 4]);
    graph.output(graph.node('Log', [graph.node('Softmax', [x])], { outputs: ['y'] }), 'float', ['N', 4]);

    expect((await described(modelOf(graph.graph()))).output.kind).toBe('log-probabilities');
  });

  it('of one input without a batch is described so, and refused for a larger batch', async () => {
    const graph = (batch: number): OnnxModel => {
      const builder = graphBuilder();
      const x = builder.input('x', 'float', [batch, 4]);
      builder.output(builder.node('Squeeze', [x], { outputs: ['y'] }), 'float', [4]);
      return modelOf(builder.graph());
    };

    expect((await described(graph(1))).output.batchFirst).toBe(false);
    expect(await absenceOf(graph(2))).toContain('no batch dimension');
  });

  it('whose softmax comes before further arithmetic is logits', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 4]);
    graph.output(graph.node('Mul', [graph.node('Softmax', [x]), graph.constant('t', Float32Array.of(2), [])], { outputs: ['y'] }), 'float', ['N', 4]);

    expect((await described(modelOf(graph.graph()))).output.kind).toBe('logits');
  });
});
