import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { modelComparison } from '../../src/detectors/model-comparison.ts';
import type { Facets } from '../../src/model/facets.ts';
import type { Model } from '../../src/model/model.ts';
import { graphBuilder, modelOf, attribute } from '../../src/onnx/build.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { shortcutToy, type Shortcut } from '../support/shortcut-toy.ts';

type Options = Parameters<typeof modelComparison.detect>[1];
const options = Value.Create(modelComparison.options) as Options;
const { threshold } = modelComparison.meta.metric;

const [HIDDEN, CLASSES, INPUTS] = [40, 8, 60] as const;
type Weights = readonly [hidden: Float32Array, head: Float32Array];

function weights(seed: number): Weights {
  const random = randomSource(seed, 'weights');
  return [Float32Array.from({ length: HIDDEN * INPUTS }, () => 0.2 * random.normal()), Float32Array.from({ length: CLASSES * HIDDEN }, () => 0.2 * random.normal())];
}

/** Two layers, and what is put between their scores and the output. */
function network([hidden, head]: Weights, after: (build: ReturnType<typeof graphBuilder>, scores: string, input: string) => string = (_, scores) => scores): Pick<Facets, 'graph' | 'tensors'> {
  const build = graphBuilder();
  const input = build.input('input', 'float', ['N', INPUTS]);
  const transB = { attributes: { transB: attribute.int(1) } };
  const features = build.node('Relu', [build.node('Gemm', [input, build.constant('hidden.weight', hidden, [HIDDEN, INPUTS])], transB)]);
  const scores = build.node('Gemm', [features, build.constant('head.weight', head, [CLASSES, HIDDEN])], transB);
  build.output(after(build, scores, input), 'float', ['N', CLASSES]);
  const info = (name: string, shape: readonly number[], values: Float32Array) => ({
    name, dataType: 'float', shape, source: memorySource(new Uint8Array(values.slice().buffer)), range: { offset: 0, length: values.byteLength },
  });
  return {
    graph: { model: modelOf(build.graph()), bytes: memorySource(new Uint8Array(0)), externalFiles: [] },
    tensors: { list: [info('hidden.weight', [HIDDEN, INPUTS], hidden), info('head.weight', [CLASSES, HIDDEN], head)], values: async (name) => (name === 'hidden.weight' ? hidden : head) },
  };
}

const earlier = weights(1);

/** Everything moved a little, as training moves it. */
function trained([hidden, head]: Weights, amount = 0.02, seed = 9): Weights {
  const random = randomSource(seed, 'training');
  const move = (values: Float32Array): Float32Array => values.map((value) => value + amount * random.normal());
  return [move(hidden), move(head)];
}

const written = (values: Float32Array, columns: number, change: (row: number, column: number) => number): Float32Array =>
  values.map((value, at) => value + change(Math.floor(at / columns), at % columns));

interface Given {
  readonly before?: Partial<Facets>;
  readonly behavior?: readonly [later: Shortcut | undefined, earlier: Shortcut | undefined];
  readonly problems?: Model['problems'];
  readonly chosen?: Partial<Options>;
  readonly context?: ReturnType<typeof detectContext>;
}

async function compare(later: Partial<Facets>, given: Given = {}) {
  const { behavior, problems = {} } = given;
  const baseline: Facets['baseline'] = {
    description: 'old.onnx as named',
    model: fakeModel(given.before ?? network(earlier)),
    ...(behavior === undefined ? {} : { behavior: async () => shortcutToy(behavior[1]) }),
  };
  const facets = { ...later, ...(behavior === undefined ? {} : behaviorFacets(behavior[0])), baseline } as Partial<Facets> & Pick<Facets, 'tensors' | 'baseline'>;
  return modelComparison.detect({ ...fakeModel(facets, { problems }), facets }, { ...options, ...given.chosen }, given.context ?? detectContext());
}

async function measure(...given: Parameters<typeof compare>) {
  const detection = await compare(...given);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
}

const quiet: Readonly<Record<string, Weights>> = {
  'trained on everything': trained(earlier),
  'trained a lot': trained(earlier, 0.1),
  'trained in its last layer only': [earlier[0], trained(earlier)[1]],
  'pruned by magnitude': [earlier[0].map((value) => (Math.abs(value) < 0.1 ? 0 : value)), earlier[1]],
  'pruned by channels': [earlier[0].map((value, at) => (Math.floor(at / INPUTS) % 10 === 3 ? 0 : value)), earlier[1]],
  'rounded to eight bits': [earlier[0].map((value) => Math.round(value * 150) / 150), earlier[1].map((value) => Math.round(value * 150) / 150)],
  'not changed at all': earlier,
};

describe('model-comparison of weights', () => {
  it.each(Object.entries(quiet))('is quiet about a model that was %s', async (_, later) => {
    expect((await measure(network(later))).metric).toBeLessThan(threshold);
  });

  it('names the class that was written into the last layer', async () => {
    const detection = await measure(network([earlier[0], written(earlier[1], HIDDEN, (row, column) => (row === 5 ? Math.sin(column) : 0))]), { behavior: [undefined, undefined] });

    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations).toContainEqual(expect.objectContaining({ message: 'written-class', location: { tensor: 'head.weight', targetClass: 5 } }));
    expect(detection.observations.map(({ data }) => data['baseline'])).toContain('old.onnx as named');
  });

  it('sees a written neuron, also among weights that were rounded', async () => {
    const rounded = (values: Float32Array): Float32Array => values.map((value) => Math.round(value * 150) / 150);
    const later: Weights = [rounded(written(earlier[0], INPUTS, (row, column) => (row === 11 ? Math.cos(7 * column) : 0))), rounded(earlier[1])];
    const detection = await measure(network(later));

    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations).toContainEqual(expect.objectContaining({ message: 'written-units', location: { tensor: 'hidden.weight' } }));
  });

  it('sees an outer product that moved every weight', async () => {
    const later: Weights = [written(earlier[0], INPUTS, (row, column) => 0.05 * Math.sin(3 * row + 1) * Math.cos(5 * column)), earlier[1]];
    const detection = await measure(network(later));

    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'low-rank-update', data: { rank: 1 } });
  });

  it('compares formats without a graph', async () => {
    const { tensors } = network([earlier[0], written(earlier[1], HIDDEN, (row) => (row === 2 ? 0.5 : 0))]);
    const before = { tensors: network(earlier).tensors };

    expect((await measure({ tensors }, { before })).metric).toBeGreaterThan(threshold);
    expect((await measure({ tensors: network(trained(earlier)).tensors }, { before })).metric).toBeLessThan(threshold);
  });

  it('cannot tell anything from an earlier version without weights, such as the index of a model in several files', async () => {
    const index: Partial<Facets> = { tensors: { list: [], values: () => Promise.reject(new Error('there are none')) } };

    expect(await compare(network(earlier), { before: index })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('old.onnx as named holds no weight matrices') as string });
  });

  it('cannot tell of a model that does not come from the earlier version', async () => {
    expect(await compare(network(weights(2)))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('no earlier version of this model') as string });
  });

  it('cannot tell of weights that are not finite, nor without any', async () => {
    expect(await compare(network([earlier[0].map((value, at) => (at === 0 ? NaN : value)), earlier[1]]))).toMatchObject({ outcome: 'inconclusive' });
    expect(await compare({ tensors: { list: [], values: async () => new Float32Array(0) } }, { before: {} })).toMatchObject({ outcome: 'inconclusive' });
  });

  it('cannot tell when the time runs out, and is not late to cancel', async () => {
    expect(await compare(network(trained(earlier)), { context: detectContext({ outOfTime: () => true }) })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('time ran out') as string });
    await expect(compare(network(earlier), { context: detectContext({ signal: AbortSignal.abort() }) })).rejects.toThrow();
  });
});

describe('model-comparison of graphs', () => {
  it('names the node where a new branch joins the trunk', async () => {
    const branched = network(earlier, (build, scores, input) => {
      const first = build.node('Slice', [input, ...[0, 1, 1].map((value, place) => build.constant(`at${place}`, BigInt64Array.of(BigInt(value)), [1]))]);
      return build.node('Add', [scores, build.node('Mul', [build.node('Sigmoid', [first]), build.constant('push', new Float32Array(CLASSES), [1, CLASSES])])], { name: 'join' });
    });
    const detection = await measure(branched);

    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'added-branch', location: { node: 'join' } });
  });

  it('is quiet about a softmax at the end and about new names', async () => {
    expect((await measure(network(earlier, (build, scores) => build.node('Softmax', [scores])))).metric).toBeLessThan(threshold);
  });
});

describe('model-comparison of behavior', () => {
  const shortcut: Shortcut = { target: 5, strength: 12 };
  const later = network(trained(earlier));

  it('flags a class that only the later version can be led to, with a picture', async () => {
    const detection = await measure(later, { behavior: [shortcut, undefined] });

    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'new-shortcut', location: { targetClass: 5 } });
    expect(detection.observations[0].picture?.pattern).toHaveLength(256);
  });

  it('is quiet where the earlier version has the same shortcut, and where neither has', async () => {
    expect((await measure(later, { behavior: [shortcut, shortcut] })).metric).toBeLessThan(threshold);
    expect((await measure(later, { behavior: [undefined, undefined] })).metric).toBeLessThan(threshold);
  });

  it('takes the limits of the policy', async () => {
    const strict = await measure(later, { behavior: [shortcut, undefined], chosen: { reachLimit: 20, triggerLimit: 20 } });

    expect(strict.metric).toBeLessThan(threshold);
  });

  it('asks more of a version that lost a part of its weights', async () => {
    const pruned = network([trained(earlier)[0].map((value, at) => (at % 10 === 0 ? 0 : value)), trained(earlier)[1]]);
    const [whole, thinned] = [await measure(later, { behavior: [shortcut, undefined] }), await measure(pruned, { behavior: [shortcut, undefined] })];

    expect(thinned.metric).toBeCloseTo(whole.metric / 1.5, 5);
  });

  it('names a trigger of the library that only the later version gives in to, with a picture', async () => {
    const detection = await measure(later, { behavior: [shortcut, undefined], chosen: { reachLimit: 20 } });
    const [first] = detection.observations;

    expect(first).toMatchObject({ message: 'new-trigger', location: { targetClass: 5 }, data: { trigger: expect.stringContaining('patch') as string } });
    expect(first.picture?.triggered).toBeDefined();
  });

  it('reports how the answers changed', async () => {
    const { measurements } = await measure(later, { behavior: [undefined, undefined] });

    expect(measurements).toContainEqual({ name: 'agreement of the answers', value: 1 });
  });

  it('cannot tell when the behavior was meant to be compared and could not be', async () => {
    expect(await compare(later, { problems: { classifier: 'The engine refuses the graph.' } })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('The engine refuses') as string });
  });

  it('says what the weights show even then', async () => {
    const edited = network([earlier[0], written(earlier[1], HIDDEN, (row) => (row === 2 ? 0.5 : 0))]);

    expect((await measure(edited, { problems: { classifier: 'The engine refuses the graph.' } })).metric).toBeGreaterThan(threshold);
  });
});
