import { describe, expect, it } from 'vitest';
import { openGradient } from '../../src/autodiff/open-gradient.ts';
import { passQuantization } from '../../src/autodiff/pass-quantization.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { nativeEngine } from './recorded-cases.ts';

const [FEATURES, CLASSES] = [6, 4] as const;
const random = randomSource(0, 'quantization');
const weights = Int8Array.from({ length: CLASSES * FEATURES }, () => Math.round(60 * random.normal()));
const STEP = 0.02;

/** One layer whose weights are stored as int8, with what enters it quantised and restored, or as it is. */
function layer(isQuantized: boolean, restoredStep = 0.01): OnnxModel {
  const build = graphBuilder();
  const input = build.input('x', 'float', ['N', FEATURES]);
  const scale = build.constant('scale', Float32Array.of(0.01), []);
  const restoredScale = restoredStep === 0.01 ? scale : build.constant('other', Float32Array.of(restoredStep), []);
  const zero = build.constant('zero', Uint8Array.of(128), []);
  const entering = isQuantized ? build.node('DequantizeLinear', [build.node('QuantizeLinear', [input, scale, zero]), restoredScale, zero]) : input;
  const matrix = build.node('DequantizeLinear', [build.constant('w', weights, [CLASSES, FEATURES]), build.constant('steps', new Float32Array(CLASSES).fill(STEP), [CLASSES]), build.constant('zeros', new Int8Array(CLASSES), [CLASSES])], { attributes: { axis: attribute.int(0) } });
  build.output(build.node('Gemm', [entering, matrix], { attributes: { transB: attribute.int(1) }, outputs: ['logits'] }), 'float', ['N', CLASSES]);
  return modelOf(build.graph());
}

async function gradientOf(model: OnnxModel): Promise<Float32Array> {
  const session = await openGradient({ engine: await nativeEngine(), model, logits: 'logits', batch: 1, loss: 'cross-entropy', withRespectTo: ['x'] });
  const x = Float32Array.from({ length: FEATURES }, (_, at) => 0.1 * (at - 3));
  const { gradients } = await session.run({
    x: { type: 'float32', data: x, dims: [1, FEATURES] },
    labels: { type: 'int64', data: BigInt64Array.of(2n), dims: [1] },
  });
  await session.close();
  return gradients['x'] as Float32Array;
}

describe('passQuantization', () => {
  it('gives a quantised network the gradient of the network before, by the straight-through estimator', async () => {
    const [through, plain] = [await gradientOf(layer(true)), await gradientOf(layer(false))];

    expect(plain.some((value) => Math.abs(value) > 0.01)).toBe(true);
    through.forEach((value, at) => expect(value).toBeCloseTo(plain[at] as number, 5));
  });

  it('leaves alone what is restored by another scale than it was quantised by, and models without either', () => {
    expect(passQuantization(layer(true, 0.02)).graph.nodes.map(({ opType }) => opType)).not.toContain('Identity');
    const plain = modelOf(((build) => {
      build.output(build.node('Relu', [build.input('x', 'float', ['N', 2])]), 'float', ['N', 2]);
      return build.graph();
    })(graphBuilder()));
    expect(passQuantization(plain)).toBe(plain);
  });
});
