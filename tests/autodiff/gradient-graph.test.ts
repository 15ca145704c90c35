import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGradientGraph, gradientName } from '../../src/autodiff/gradient-graph.ts';
import { simplify } from '../../src/autodiff/simplify.ts';
import { float32Values } from '../../src/engines/float32-values.ts';
import type { EngineTensor } from '../../src/engines/engine.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { nativeEngine, relativeError } from './recorded-cases.ts';

/** Runs loss and gradient of a graph of one input `x`. */
async function opened(model: OnnxModel) {
  const engine = await nativeEngine();
  const { model: simple, shapes } = await simplify({ engine, model, batch: 2 });
  const gradient = await buildGradientGraph({ model: simple, of: 'loss', withRespectTo: ['x'], shapes });
  const session = await engine.open(await encodeOnnxModel(gradient));
  const dims = shapes.get('x') ?? [];
  const tensor = (data: Float32Array): EngineTensor => ({ type: 'float32', data, dims });
  return {
    size: dims.reduce((product, one) => product * one, 1),
    at: async (data: Float32Array) => {
      const answer = await session.run({ x: tensor(data) });
      const [loss, slope] = [answer['loss'], answer[gradientName('x')]];
      if (loss === undefined || slope === undefined) throw new Error('an output is missing');
      return { loss: float32Values(loss)[0] ?? NaN, gradient: float32Values(slope) };
    },
    close: () => session.close(),
  };
}

/** The gradient along a direction against the central difference: exact, up to rounding, for smooth graphs. */
async function expectDirectionalDerivatives(model: OnnxModel, seed: number, step = 1e-2): Promise<void> {
  const graph = await opened(model);
  const wave = (from: number): Float32Array => Float32Array.from({ length: graph.size }, (_, at) => Math.sin(from + at * 1.7 + ((at * at * 31) % 97)));
  const x = wave(seed);
  const { gradient } = await graph.at(x);
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const direction = wave(seed + 0.5);
  const moved = (sign: number): Float32Array => x.map((value, at) => value + sign * step * (direction[at] ?? 0));
  const difference = ((await graph.at(moved(1))).loss - (await graph.at(moved(-1))).loss) / (2 * step);
  const along = gradient.reduce((total, value, at) => total + value * (direction[at] ?? 0), 0);
  await graph.close();
  expect(largest).toBeGreaterThan(0);
  // Rounding of the loss, divided by the step, is the floor of what a float32 difference can tell.
  expect(Math.abs(difference - along)).toBeLessThan(5e-3 * largest * Math.sqrt(graph.size));
}

function weightedSum(builder: ReturnType<typeof graphBuilder>, value: string, count: number): void {
  const flat = builder.node('Reshape', [value, builder.constant('flat', BigInt64Array.of(1n, BigInt(count)), [2])]);
  const weights = Float32Array.from({ length: count }, (_, at) => Math.cos(at * 2.3 + 1));
  builder.node('MatMul', [flat, builder.constant('weights', weights, [count, 1])], { outputs: ['loss'] });
  builder.output('loss');
}

/** Seeds are fixed so that CI repeats; 12 000 random resizings and 8 000 random convolutions were seen to pass before they were. */
const SEED = 20261124;

describe('central differences', () => {
  const integers = (low: number, high: number) => fc.integer({ min: low, max: high });

  it('agree with convolutions of any stride, padding, dilation and grouping', async () => {
    const layers = fc.record({
      group: fc.constantFrom(1, 2), stride: integers(1, 3), dilation: integers(1, 2), kernel: integers(1, 3), pads: fc.array(integers(0, 2), { minLength: 4, maxLength: 4 }), size: integers(5, 8), seed: integers(0, 100),
    });
    await fc.assert(
      fc.asyncProperty(layers, async ({ group, stride, dilation, kernel, pads, size, seed }) => {
        const builder = graphBuilder();
        builder.input('x', 'float', ['n', 2, size, size + 1]);
        const weights = Float32Array.from({ length: 4 * (2 / group) * kernel * kernel }, (_, at) => Math.sin(at * 3.1 + seed));
        builder.node('Conv', ['x', builder.constant('w', weights, [4, 2 / group, kernel, kernel])], {
          outputs: ['y'],
          attributes: { group: attribute.int(group), strides: attribute.ints([stride, stride]), dilations: attribute.ints([dilation, dilation]), pads: attribute.ints(pads) },
        });
        const out = (length: number, before: number, after: number): number => Math.floor((length + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
        weightedSum(builder, 'y', 2 * 4 * out(size, pads[0] ?? 0, pads[2] ?? 0) * out(size + 1, pads[1] ?? 0, pads[3] ?? 0));
        await expectDirectionalDerivatives(modelOf(builder.graph(), { opsetImports: { '': 18 } }), seed, 0.1);
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  it('agree with every way to resize that the engine knows', async () => {
    const target = fc.oneof(
      fc.record({ sizes: fc.tuple(integers(1, 9), integers(1, 9)) }),
      fc.record({ scales: fc.tuple(fc.constantFrom(0.3, 0.5, 0.6, 0.75, 1, 1.1, 1.5, 2, 2.3), fc.constantFrom(0.4, 0.6, 0.9, 1, 1.3, 2, 2.5)) }),
      fc.record({ sizes: fc.tuple(integers(2, 9), integers(2, 9)), policy: fc.constantFrom('not_larger', 'not_smaller') }),
    );
    const ways = fc.record({
      mode: fc.constantFrom('nearest', 'linear', 'cubic'), place: fc.constantFrom('half_pixel', 'half_pixel_symmetric', 'pytorch_half_pixel', 'align_corners', 'asymmetric'),
      nearest: fc.constantFrom('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'), outside: integers(0, 1), from: fc.tuple(integers(4, 8), integers(4, 8)), target, seed: integers(0, 100),
    });
    await fc.assert(
      fc.asyncProperty(ways, async (way) => {
        await expectDirectionalDerivatives(resizing(way), way.seed, 0.1);
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it.each([
    ['a place whose last bit decides, float64 in the middle', { place: 'half_pixel_symmetric', nearest: 'floor', from: [5, 4], target: { sizes: [3, 1] } }],
    ['a place a bit below the middle that the engine takes for a tie', { place: 'asymmetric', nearest: 'round_prefer_ceil', from: [7, 3], target: { sizes: [2, 3] } }],
    ['scales that change no size: a copy', { place: 'half_pixel', nearest: 'round_prefer_ceil', from: [3, 3], target: { scales: [1.3, 1.1] } }],
    ['the name of an older opset', { place: 'tf_half_pixel_for_nn', nearest: 'floor', from: [5, 4], target: { sizes: [3, 7] } }],
  ] as const)('agree with %s', async (_, way) => {
    await expectDirectionalDerivatives(resizing({ mode: 'nearest', outside: 0, ...way }), 3, 0.1);
  });
});

interface Resizing {
  readonly mode: string;
  readonly place: string;
  readonly nearest: string;
  readonly outside: number;
  readonly from: readonly [number, number];
  readonly target: { readonly sizes: readonly [number, number]; readonly policy?: string } | { readonly scales: readonly [number, number] };
}

function resizing({ mode, place, nearest, outside, from, target }: Resizing): OnnxModel {
  const builder = graphBuilder();
  builder.input('x', 'float', ['n', 1, ...from]);
  const policy = 'policy' in target ? target.policy : undefined;
  const frame = 'sizes' in target ? target.sizes : target.scales.map((scale, axis) => Math.floor(Math.fround(Math.fround(scale) * (from[axis] ?? 0))));
  const shared = policy === undefined ? undefined : Math[policy === 'not_larger' ? 'min' : 'max'](...frame.map((size, axis) => size / (from[axis] ?? 1)));
  const sizes = shared === undefined ? frame : from.map((size) => Math.round(Math.fround(Math.fround(shared) * size)));
  const inputs = 'sizes' in target
    ? ['x', '', '', builder.constant('sizes', BigInt64Array.from(target.sizes.map(BigInt)), [2])]
    : ['x', '', builder.constant('scales', Float32Array.from(target.scales), [2])];
  builder.node('Resize', inputs, {
    outputs: ['y'],
    attributes: {
      mode: attribute.string(mode), coordinate_transformation_mode: attribute.string(place), nearest_mode: attribute.string(nearest), axes: attribute.ints([2, 3]),
      ...(mode === 'cubic' ? { exclude_outside: attribute.int(outside) } : {}),
      ...(policy === undefined ? {} : { keep_aspect_ratio_policy: attribute.string(policy) }),
    },
  });
  weightedSum(builder, 'y', 2 * (sizes[0] ?? 0) * (sizes[1] ?? 0));
  return modelOf(builder.graph(), { opsetImports: { '': 18 } });
}

describe('a graph in which a value is used twice', () => {
  it('sums what comes back along both ways', async () => {
    const builder = graphBuilder();
    builder.input('x', 'float', ['n', 3]);
    const twice = builder.node('Mul', ['x', 'x']);
    weightedSum(builder, builder.node('Add', [twice, builder.node('Exp', [twice])]), 6);
    const graph = await opened(modelOf(builder.graph()));
    const x = Float32Array.of(0.1, -0.4, 0.3, 0.9, -1, 0.2);
    const { gradient } = await graph.at(x);
    await graph.close();

    expect(relativeError(gradient, x.map((value, at) => Math.cos(at * 2.3 + 1) * 2 * value * (1 + Math.exp(value * value))))).toBeLessThan(1e-5);
  });

  it('has one tensor for every constant, however many nodes ask for it', async () => {
    const builder = graphBuilder();
    builder.input('x', 'float', ['n', 3]);
    let value = 'x';
    for (let layer = 0; layer < 8; layer += 1) value = builder.node('Tanh', [builder.node('ReduceMean', [builder.node('Sigmoid', [value])], { attributes: { axes: attribute.ints([1]) } })]);
    weightedSum(builder, value, 2);
    const engine = await nativeEngine();
    const { model, shapes } = await simplify({ engine, model: modelOf(builder.graph()), batch: 2 });
    const gradient = await buildGradientGraph({ model, of: 'loss', withRespectTo: ['x'], shapes });
    const added = gradient.graph.initializers.length - model.graph.initializers.length;

    expect(added).toBeLessThanOrEqual(8);
  });
});

describe('a value the loss does not feel', () => {
  it('has the gradient zero when it is cut off by whole numbers', async () => {
    const builder = graphBuilder();
    builder.input('x', 'float', ['n', 3]);
    const whole = builder.node('Cast', [builder.node('Floor', ['x'])], { attributes: { to: attribute.int(7) } });
    weightedSum(builder, builder.node('Cast', [whole], { attributes: { to: attribute.int(1) } }), 6);
    const graph = await opened(modelOf(builder.graph()));

    expect(Array.from((await graph.at(new Float32Array(6).fill(0.5))).gradient)).toEqual([0, 0, 0, 0, 0, 0]);
    await graph.close();
  });

  it('is refused when nothing leads from it to the loss', async () => {
    const builder = graphBuilder();
    builder.input('x', 'float', ['n', 3]);
    weightedSum(builder, builder.constant('c', new Float32Array(6), [2, 3]), 6);
    builder.node('Identity', ['x'], { outputs: ['copy'] });
    builder.output('copy');

    await expect(opened(modelOf(builder.graph()))).rejects.toMatchObject({ code: 'format/unsupported', message: 'loss does not depend on x.' });
  });
});
