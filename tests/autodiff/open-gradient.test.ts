import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openGradient } from '../../src/autodiff/open-gradient.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { FIXTURES, nativeEngine, relativeError } from './recorded-cases.ts';

const FOLDER = path.join(FIXTURES, 'networks');
const names = readdirSync(FOLDER).filter((file) => file.endsWith('.onnx')).map((file) => path.basename(file, '.onnx'));

interface RecordedNetwork {
  readonly dims: readonly number[];
  readonly image: string;
  readonly labels: readonly number[];
  readonly logits: string;
  readonly loss: number;
  readonly gradient: string;
}

const network = (name: string): OnnxModel => decodeOnnxModel(readFileSync(path.join(FOLDER, `${name}.onnx`)));
const recorded = (name: string): RecordedNetwork => JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as RecordedNetwork;
const floats = (data: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);
const labelsOf = (labels: readonly number[]) => ({ type: 'int64' as const, data: BigInt64Array.from(labels.map(BigInt)), dims: [labels.length] });

describe('a whole network', () => {
  it.each(names)('%s has the loss and the input gradient that torch has', async (name) => {
    const expected = recorded(name);
    const session = await openGradient({ engine: await nativeEngine(), model: network(name), logits: 'scores', batch: 3, loss: 'cross-entropy', withRespectTo: ['image'] });
    const { loss, logits, gradients } = await session.run({ image: { type: 'float32', data: floats(expected.image), dims: expected.dims }, labels: labelsOf(expected.labels) });
    await session.close();

    expect(relativeError(logits, floats(expected.logits))).toBeLessThan(1e-4);
    expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-4 * expected.loss);
    expect(relativeError(gradients['image'] ?? new Float32Array(), floats(expected.gradient))).toBeLessThan(1e-4);
  });
});

/** image = (1 − mask) · clean + mask · pattern, mask of one channel. */
function stamp(): OnnxModel {
  const builder = graphBuilder();
  const clean = builder.input('clean', 'float', [3, 3, 16, 16]);
  const mask = builder.input('mask', 'float', [1, 1, 16, 16]);
  const pattern = builder.input('pattern', 'float', [1, 3, 16, 16]);
  const away = builder.node('Sub', [builder.constant('one', Float32Array.of(1), []), mask]);
  builder.node('Add', [builder.node('Mul', [away, clean]), builder.node('Mul', [mask, pattern])], { outputs: ['image'] });
  builder.output('image');
  return modelOf(builder.graph(), { opsetImports: { '': 18 } });
}

/** Cross-entropy alone would do; the penalty shows that a loss finds inputs of the prefix by name. */
function penalizedLoss(): OnnxModel {
  const builder = graphBuilder();
  const logits = builder.input('logits', 'float', [3, 5]);
  const mask = builder.input('mask', 'float', [1, 1, 16, 16]);
  const weight = builder.input('weight', 'float', []);
  const target = builder.node('Gather', [logits, builder.constant('target', BigInt64Array.of(2n), [])], { attributes: { axis: attribute.int(1) } });
  const size = builder.node('ReduceSum', [mask], { attributes: { keepdims: attribute.int(0) } });
  const gain = builder.node('ReduceMean', [target], { attributes: { keepdims: attribute.int(0) } });
  builder.node('Sub', [builder.node('Mul', [size, weight]), gain], { outputs: ['loss'] });
  builder.output('loss');
  return modelOf(builder.graph(), { opsetImports: { '': 18 } });
}

describe('a prefix before the network', () => {
  const image = floats(recorded('vit').image);
  const feeds = (mask: Float32Array, pattern: Float32Array) => ({
    clean: { type: 'float32' as const, data: image, dims: [3, 3, 16, 16] },
    mask: { type: 'float32' as const, data: mask, dims: [1, 1, 16, 16] },
    pattern: { type: 'float32' as const, data: pattern, dims: [1, 3, 16, 16] },
  });

  it('gives the gradient of its own parameters, as central differences have it', async () => {
    const session = await openGradient({
      engine: await nativeEngine(), model: network('vit'), logits: 'scores', batch: 3, prefix: stamp(), loss: penalizedLoss(), withRespectTo: ['mask', 'pattern'],
    });
    const weight = { type: 'float32' as const, data: Float32Array.of(0.01), dims: [] };
    const mask = Float32Array.from({ length: 256 }, (_, at) => (at % 7) / 10);
    const pattern = Float32Array.from({ length: 768 }, (_, at) => ((at * 31) % 17) / 17);
    const { gradients } = await session.run({ ...feeds(mask, pattern), weight });
    const lossAt = async (at: number, step: number): Promise<number> => {
      const moved = mask.map((value, index) => (index === at ? value + step : value));
      return (await session.run({ ...feeds(moved, pattern), weight })).loss;
    };
    const largest = (gradients['mask'] ?? new Float32Array()).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const at of [0, 17, 100, 255]) {
      const difference = ((await lossAt(at, 0.05)) - (await lossAt(at, -0.05))) / 0.1;
      expect(Math.abs(difference - (gradients['mask']?.[at] ?? NaN))).toBeLessThan(0.02 * largest);
    }
    expect(gradients['pattern']).toHaveLength(768);
    await session.close();
  });

  it('hands out further values and tells what it must be fed', async () => {
    const session = await openGradient({
      engine: await nativeEngine(), model: network('vit'), logits: 'scores', batch: 3, prefix: stamp(), loss: { name: 'margin', weighted: true, confidence: 1 },
      withRespectTo: ['mask', 'image'], values: ['losses', 'image'],
    });

    expect([...session.feeds.keys()].sort()).toEqual(['clean', 'labels', 'mask', 'pattern', 'weights']);
    const answer = await session.run({
      ...feeds(new Float32Array(256), new Float32Array(768)), labels: labelsOf([1, 1, 1]), weights: { type: 'float32', data: Float32Array.of(1, 0, 2), dims: [3] },
    });
    await session.close();
    const losses = Array.from({ length: 3 }, (_, row) => {
      const scores = [...answer.logits.slice(row * 5, row * 5 + 5)];
      return Math.max(-1, Math.max(...scores.filter((__, index) => index !== 1)) - (scores[1] ?? NaN));
    });
    expect(Array.from(answer.values['losses']?.data as Float32Array)).toEqual(losses.map((one) => expect.closeTo(one, 4) as number));
    expect(answer.loss).toBeCloseTo((losses[0] ?? NaN) + 2 * (losses[2] ?? NaN), 4);
    expect(Array.from(answer.values['image']?.data as Float32Array)).toEqual(Array.from(image));
    expect(answer.gradients['image']?.slice(768, 1536).every((value) => value === 0)).toBe(true);
  });
});

describe('what cannot be differentiated', () => {
  it('is refused by the name of its operator', async () => {
    const builder = graphBuilder();
    builder.input('image', 'float', ['N', 4]);
    builder.node('Hardmax', ['image'], { outputs: ['scores'], name: 'strange' });
    builder.output('scores');
    const opening = openGradient({ engine: await nativeEngine(), model: modelOf(builder.graph()), logits: 'scores', batch: 2, loss: 'logit', withRespectTo: ['image'] });

    await expect(opening).rejects.toMatchObject({ code: 'format/unsupported', message: 'No gradient for operator Hardmax (node network/strange): there is no rule for it.' });
  });
});
