import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { openInputGradient } from '../../src/autodiff/open-input-gradient.ts';
import { openClassifier } from '../../src/engines/open-classifier.ts';
import type { InputSpecification } from '../../src/model/classifier.ts';
import type { GraphFacet } from '../../src/model/facets.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { describeClassifier, type ClassifierDescription } from '../../src/onnx/describe-classifier.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { FIXTURES, nativeEngine } from './recorded-cases.ts';

const random = randomSource(3, 'input gradient');

function space(rest: Partial<InputSpecification> = {}): InputSpecification {
  return {
    kind: 'image', layout: 'nchw', channels: 3, height: 16, width: 16, range: [0, 255], mean: [100, 120, 90], std: [50, 60, 70],
    origin: { layout: 'graph', size: 'graph', range: 'policy', normalization: 'policy' }, ...rest,
  };
}

const facetOf = (model: OnnxModel, bytes: Uint8Array): GraphFacet => ({ model, bytes: memorySource(bytes), externalFiles: [] });

async function described(model: OnnxModel): Promise<ClassifierDescription> {
  const description = await describeClassifier(model);
  if ('absence' in description) throw new Error(description.absence);
  return description;
}

/** Cross-entropy at the label, from logits. */
function lossOf(logits: Float32Array, label: number): number {
  const top = Math.max(...logits);
  return Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top - (logits[label] as number);
}

describe('the gradient with respect to pixels', () => {
  it('is what central differences of the classifier are, through range, mean and std, for any count', async () => {
    const bytes = readFileSync(path.join(FIXTURES, 'networks', 'small-cnn.onnx'));
    const graph = facetOf(decodeOnnxModel(bytes), bytes);
    const engine = await nativeEngine();
    const description = await described(graph.model);
    const gradient = await openInputGradient({ graph, description, engine, input: space() });
    const classifier = await openClassifier({ graph, description, engine, input: space() });
    const count = gradient.batch + 1;
    const pixels = Float32Array.from({ length: count * 768 }, () => random.uniform());
    const labels = Int32Array.from({ length: count }, (_, image) => image % 5);
    const answer = await gradient.run({ pixels, count, labels, weights: new Float32Array(count).fill(2), loss: 'cross-entropy' });
    const last = count - 1;
    const direction = Float32Array.from({ length: 768 }, () => random.normal());
    const at = (step: number): Promise<Float32Array> =>
      classifier.logits(Float32Array.from(direction, (value, index) => (pixels[last * 768 + index] as number) + step * value), 1);
    const slope = (lossOf(await at(1e-3), labels[last] as number) - lossOf(await at(-1e-3), labels[last] as number)) / 2e-3;
    const expected = direction.reduce((sum, value, index) => sum + value * (answer.gradient[last * 768 + index] as number), 0);
    const repeated = await gradient.run({ pixels: pixels.slice(last * 768), count: 1, labels: labels.slice(last), weights: Float32Array.of(2), loss: 'cross-entropy' });
    await gradient.close();

    expect(Math.abs(2 * slope - expected)).toBeLessThan(0.02 * Math.abs(expected) + 1e-3);
    expect([...answer.logits.slice(last * 5)]).toEqual([...(await classifier.logits(pixels.slice(last * 768), 1))]);
    expect(repeated.gradient).toEqual(answer.gradient.slice(last * 768));
  });

  it('goes around a final softmax, which has no gradient where it is sure', async () => {
    const builder = graphBuilder();
    const image = builder.input('image', 'float', ['n', 4]);
    const scores = builder.node('Gemm', [image, builder.constant('weight', Float32Array.of(900, -900, 0, 0, 0, 0, 900, -900), [4, 2])]);
    builder.node('Softmax', [scores], { outputs: ['probabilities'], attributes: { axis: attribute.int(1) } });
    builder.output('probabilities', 'float', ['n', 2]);
    const model = modelOf(builder.graph(), { opsetImports: { '': 17 } });
    const graph = facetOf(model, await encodeOnnxModel(model));
    const input = space({ kind: 'vector', layout: 'flat', channels: 1, height: 1, width: 4, range: [0, 1], mean: [0], std: [1] });
    const gradient = await openInputGradient({ graph, description: await described(model), engine: await nativeEngine(), input });
    const answer = await gradient.run({ pixels: Float32Array.of(1, 0, 0, 0), count: 1, labels: Int32Array.of(1), weights: Float32Array.of(1), loss: 'cross-entropy' });
    await gradient.close();

    expect([...answer.logits]).toEqual([900, -900]);
    expect([...answer.gradient]).toEqual([1800, 0, 0, 1800]);
  });

  it('names the operator that has no gradient', async () => {
    const builder = graphBuilder();
    const image = builder.input('image', 'float', ['n', 4]);
    builder.node('Hardmax', [image], { outputs: ['scores'] });
    builder.output('scores', 'float', ['n', 4]);
    const model = modelOf(builder.graph(), { opsetImports: { '': 17 } });
    const graph = facetOf(model, await encodeOnnxModel(model));
    const input = space({ kind: 'vector', layout: 'flat', channels: 1, height: 1, width: 4, range: [0, 1], mean: [0], std: [1] });

    await expect(openInputGradient({ graph, description: await described(model), engine: await nativeEngine(), input })).rejects.toThrow(/Hardmax/);
  });
});
