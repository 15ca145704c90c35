import { readFileSync } from 'node:fs';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import { withOutputs } from '../../src/onnx/with-outputs.ts';
import { acceptFixtures, type AcceptFixture } from './onnx-fixtures.ts';

function fixture(name: string): AcceptFixture {
  const found = acceptFixtures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no fixture ${name}`);
  return found;
}

async function run(bytes: Uint8Array, input: ort.Tensor): Promise<ort.InferenceSession.ReturnType> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  try {
    return await session.run({ input });
  } finally {
    await session.release();
  }
}

const image = new ort.Tensor('float32', Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, at) => Math.sin(at)), [2, 3, 8, 8]);

describe('adding inner values as outputs', () => {
  it('gives a graph that the engine runs and that computes them', async () => {
    const { bytes } = fixture('conv-gemm-softmax');
    const model = decodeOnnxModel(bytes);
    const inner = model.graph.nodes.find((node) => node.opType === 'Gemm');
    const features = inner?.inputs[0] ?? '';
    const logits = inner?.outputs[0] ?? '';
    const answer = await run(withOutputs(bytes, model, [features, logits]), image);

    expect(answer[features]?.dims).toEqual([2, 64]);
    expect(answer[logits]?.dims).toEqual([2, 5]);
    const scores = Array.from(answer[logits]?.data as Float32Array).slice(0, 5).map(Math.exp);
    const total = scores.reduce((sum, one) => sum + one, 0);
    const probabilities = Array.from(answer['probabilities']?.data as Float32Array).slice(0, 5);
    for (const [at, probability] of probabilities.entries()) expect(probability).toBeCloseTo((scores[at] ?? 0) / total, 5);
  });

  it('appends to the file and changes nothing in it', () => {
    const { bytes } = fixture('conv-gemm');
    const model = decodeOnnxModel(bytes);
    const value = model.graph.nodes[0]?.outputs[0] ?? '';
    const longer = withOutputs(bytes, model, [value]);

    expect(Buffer.compare(longer.slice(0, bytes.byteLength), bytes)).toBe(0);
    expect(decodeOnnxModel(longer).graph.outputs.map(({ name }) => name)).toEqual(['logits', value]);
  });

  it('leaves the bytes alone when every value is an output already', () => {
    const { bytes } = fixture('conv-gemm');

    expect(withOutputs(bytes, decodeOnnxModel(bytes), ['logits', 'logits'])).toBe(bytes);
  });

  it('refuses a value that no node produces', () => {
    const { bytes } = fixture('conv-gemm');
    const model = decodeOnnxModel(bytes);

    for (const name of ['', 'nowhere', 'input', 'fc.weight']) {
      expect(() => withOutputs(bytes, model, [name])).toThrow(expect.objectContaining({ code: 'internal/unexpected' }));
    }
  });

  it('makes the scores in front of a ZipMap available as numbers', async () => {
    const { bytes } = fixture('scikit-learn-zipmap');
    const session = await ort.InferenceSession.create(withOutputs(bytes, decodeOnnxModel(bytes), ['normalized']), { intraOpNumThreads: 1 });
    const answer = await session.run({ input: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [1, 4]) }, ['normalized']);
    await session.release();

    expect(answer['normalized']?.dims).toEqual([1, 3]);
  });
});

describe('an encoded model', () => {
  const runnable = ['conv-gemm', 'conv-gemm-log-softmax', 'embedded-normalization', 'conv1x1-pool'];

  it.each(runnable)('%s computes what the original computes', async (name) => {
    const { bytes } = fixture(name);
    const [before] = Object.values(await run(bytes, image));
    const [after] = Object.values(await run(await encodeOnnxModel(decodeOnnxModel(bytes)), image));

    expect(after?.data).toEqual(before?.data);
  });

  it('with external data is run with the files under the names it gives', async () => {
    const { bytes, file } = fixture('external-data');
    const externalData = ['external-weights.bin', 'parts/scale.bin'].map((location) => ({ path: location, data: readFileSync(path.join(path.dirname(file), location)) }));
    const session = await ort.InferenceSession.create(await encodeOnnxModel(decodeOnnxModel(bytes)), { externalData, intraOpNumThreads: 1 });
    const answer = await session.run({ input: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [1, 4]) });
    await session.release();

    expect(answer['logits']?.dims).toEqual([1, 5]);
  });
});
