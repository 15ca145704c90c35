import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/create-engine.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { openClassifier, type ClassifierInterface } from '../../../src/engines/open-classifier.ts';
import type { Classifier, InputSpecification } from '../../../src/model/classifier.ts';
import { attribute, graphBuilder, modelOf } from '../../../src/onnx/build.ts';
import type { OnnxFunction, OnnxModel, OnnxNode } from '../../../src/onnx/onnx-model.ts';
import { encodeOnnxModel } from '../../../src/onnx/encode.ts';
import { memorySource } from '../../../src/artifacts/memory-source.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ preference: 'auto', threads: 1 });
});

const SPECIFICATION: InputSpecification = {
  kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, range: [0, 1], mean: [0], std: [1],
  origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
};

/**
 * Two pixels → Conv (three channels) → Relu → Tanh, with a shortcut around it → mean of the places → Gemm to two scores,
 * reshaped to a size that is taken from the input.
 */
async function residual(batch: number | undefined): Promise<Classifier> {
  const build = graphBuilder();
  const x = build.input('x', 'float', [batch ?? 'N', 1, 1, 2]);
  const kernel = build.constant('kernel', Float32Array.of(1, -1, 2), [3, 1, 1, 1]);
  const maps = build.node('Conv', [x, kernel, build.constant('bias', Float32Array.of(0, 1, 0), [3])], { outputs: ['maps'] });
  const active = build.node('Relu', [maps], { outputs: ['active'] });
  const squashed = build.node('Tanh', [active], { outputs: ['squashed'] });
  const sum = build.node('Add', [squashed, active], { outputs: ['sum'] });
  const pooled = build.node('GlobalAveragePool', [sum], { outputs: ['pooled'] });
  const flat = build.node('Flatten', [pooled], { outputs: ['flat'] });
  const scores = build.node('Gemm', [flat, build.constant('head', Float32Array.of(1, 0, 0, 1, 1, -1), [3, 2])], { outputs: ['scores'] });
  const count = build.node('Gather', [build.node('Shape', [x]), build.constant('zero', BigInt64Array.of(0n), [1])], { attributes: { axis: attribute.int(0) } });
  const size = build.node('Concat', [count, build.constant('two', BigInt64Array.of(2n), [1])], { attributes: { axis: attribute.int(0) } });
  build.output(build.node('Reshape', [scores, size], { outputs: ['y'] }), 'float', [batch ?? 'N', 2]);
  return open(modelOf(build.graph()), batch);
}

async function open(model: OnnxModel, batch: number | undefined): Promise<Classifier> {
  const graph = { model, bytes: memorySource(await encodeOnnxModel(model)), externalFiles: [] };
  const description: ClassifierInterface = {
    input: { name: 'x', kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, batch, elementType: 'float' },
    output: { name: 'y', kind: 'logits', classCount: 2, batchFirst: true, isGraphOutput: true },
  };
  return openClassifier({ graph, engine, description, input: SPECIFICATION });
}

const pixels = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1);
const COUNT = 5;

describe('a graph stopped at an inner value', () => {
  it.each([[undefined], [1], [2], [8]])('gives the logits of the whole graph when nothing is changed (batch size %s)', async (batch) => {
    const classifier = await residual(batch);
    const whole = await classifier.logits(pixels, COUNT);
    const values = await classifier.innerValues();

    expect(values).toEqual(['pooled', 'squashed', 'active']);
    for (const value of values) {
      const layer = await classifier.openInnerLayer(pixels, COUNT, value);
      const again = await layer.logits(undefined);
      expect([layer.channelCount, layer.channelAxis]).toEqual([3, 1]);
      expect(layer.activations.shape[0]).toBe(COUNT);
      for (const [at, logit] of again.entries()) expect(logit).toBeCloseTo(whole[at] as number, 5);
      await layer.close();
    }
  });

  it.each([[undefined], [2]])('changes one channel at all of its places and nothing else (batch size %s)', async (batch) => {
    const classifier = await residual(batch);
    const layer = await classifier.openInnerLayer(pixels, COUNT, 'squashed');
    const before = await layer.logits(undefined);
    const after = await layer.logits({ channel: 1, level: 5 });
    const undone = await layer.logits(undefined);

    const { data, shape } = layer.activations;
    expect(shape).toEqual([COUNT, 3, 1, 2]);
    for (let image = 0; image < COUNT; image += 1) {
      const ordinary = ((data[image * 6 + 2] as number) + (data[image * 6 + 3] as number)) / 2;
      expect(after[image * 2]).toBeCloseTo(before[image * 2] as number, 5);
      expect((after[image * 2 + 1] as number) - (before[image * 2 + 1] as number)).toBeCloseTo(5 - ordinary, 5);
    }
    expect(undone).toEqual(before);
    await layer.close();
  });

  it('counts the channels of tokens along the last axis', async () => {
    const build = graphBuilder();
    const tokens = build.node('Reshape', [build.input('x', 'float', ['N', 1, 1, 2]), build.constant('size', BigInt64Array.of(-1n, 2n, 1n), [3])]);
    const wide = build.node('MatMul', [tokens, build.constant('wide', Float32Array.of(1, 2, 4), [1, 3])]);
    const active = build.node('Relu', [wide], { outputs: ['active'] });
    const mean = build.node('ReduceMean', [active], { attributes: { axes: attribute.ints([1]), keepdims: attribute.int(0) } });
    build.output(build.node('MatMul', [mean, build.constant('head', Float32Array.of(1, 0, 0, 1, 0, 0), [3, 2])], { outputs: ['y'] }), 'float', ['N', 2]);
    const classifier = await open(modelOf(build.graph()), undefined);
    const layer = await classifier.openInnerLayer(Float32Array.of(0.25, 0.75), 1, 'active');

    expect([layer.channelAxis, layer.channelCount]).toEqual([2, 3]);
    expect(await layer.logits({ channel: 1, level: 7 })).toEqual(Float32Array.of(0.5, 7));
    await layer.close();
  });

  it('reaches values inside of a function of the model', async () => {
    const step = (opType: string, input: string, output: string): OnnxNode => ({ name: '', opType, domain: '', inputs: [input], outputs: [output], attributes: new Map() });
    const body: OnnxFunction = {
      name: 'Block', domain: 'local', inputs: ['in'], outputs: ['out'], attributes: [], nodes: [step('Relu', 'in', 'active'), step('Neg', 'active', 'out')],
      opsetImports: new Map([['', 17n]]), metadata: new Map(),
    };
    const build = graphBuilder();
    const flat = build.node('Flatten', [build.input('x', 'float', ['N', 1, 1, 2])]);
    const negated = build.node('Block', [flat], { domain: 'local', outputs: ['negated'] });
    build.output(build.node('MatMul', [negated, build.constant('head', Float32Array.of(1, 0, 0, 1), [2, 2])], { outputs: ['y'] }), 'float', ['N', 2]);
    const classifier = await open(modelOf(build.graph(), { functions: [body], opsetImports: { '': 17, local: 1 } }), undefined);
    const [, value = ''] = await classifier.innerValues();
    const layer = await classifier.openInnerLayer(Float32Array.of(0.25, 0.5), 1, value);

    expect(value).toBe('call 1/active');
    expect(await layer.logits(undefined)).toEqual(await classifier.logits(Float32Array.of(0.25, 0.5), 1));
    expect(await layer.logits({ channel: 1, level: 3 })).toEqual(Float32Array.of(-0.25, -3));
    await layer.close();
  });

  it('refuses a value that the scores do not depend on, one that nothing computes, and no images', async () => {
    const classifier = await residual(undefined);

    await expect(classifier.openInnerLayer(pixels, COUNT, 'kernel')).rejects.toMatchObject({ code: 'internal/unexpected' });
    await expect(classifier.openInnerLayer(pixels, COUNT, 'nothing')).rejects.toMatchObject({ code: 'engine/failed' });
    await expect(classifier.openInnerLayer(new Float32Array(0), 0, 'active')).rejects.toMatchObject({ code: 'engine/failed' });
  });
});
