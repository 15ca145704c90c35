import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { Engine, EngineSession } from '../../src/engines/engine.ts';
import { MAX_BATCH_IMAGES, openClassifier, openClassifierSession, type ClassifierInterface } from '../../src/engines/open-classifier.ts';
import type { InputSpecification } from '../../src/model/classifier.ts';
import type { GraphFacet } from '../../src/model/facets.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { describeClassifier } from '../../src/onnx/describe-classifier.ts';
import type { OnnxDataType, OnnxDimension } from '../../src/onnx/onnx-model.ts';
import { bytesOf, constant, node, tinyGraph, value } from './tiny-graph.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ preference: 'auto', threads: 1 });
});

const SPECIFICATION: InputSpecification = {
  kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, range: [0, 1], mean: [0], std: [1],
  origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
};

const describeAs = (input: Partial<ClassifierInterface['input']> = {}, output: Partial<ClassifierInterface['output']> = {}): ClassifierInterface => ({
  input: { name: 'x', kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, batch: undefined, elementType: 'float', ...input },
  output: { name: 'y', kind: 'logits', classCount: 2, batchFirst: true, isGraphOutput: true, ...output },
});

/** Class scores are the two pixels, times ten. */
async function timesTen(elementType: OnnxDataType = 'float', batch: OnnxDimension = 'N', shape: readonly OnnxDimension[] = [1, 1, 2]): Promise<GraphFacet> {
  return tinyGraph({
    inputs: [value('x', elementType, [batch, ...shape])],
    outputs: [value('y', 'float', [batch, 2])],
    initializers: [constant('ten', [1], [10])],
    nodes: [
      node('Cast', ['x'], ['float'], { to: { type: 'int', value: 1n } }),
      node('Flatten', ['float'], ['flat']),
      node('Mul', ['flat', 'ten'], ['y']),
    ],
  });
}

/** Counts what is opened and run, and remembers the batch sizes. */
function watched(real: Engine): { readonly engine: Engine; readonly opened: EngineSession[]; readonly batches: number[]; readonly closed: EngineSession[] } {
  const [opened, closed, batches]: [EngineSession[], EngineSession[], number[]] = [[], [], []];
  return {
    opened,
    closed,
    batches,
    engine: {
      ...real,
      open: async (...args) => {
        const session = await real.open(...args);
        const spy: EngineSession = {
          ...session,
          run: (feeds, fetches) => {
            batches.push(Object.values(feeds)[0]?.dims[0] ?? -1);
            return session.run(feeds, fetches);
          },
          close: () => {
            closed.push(spy);
            return session.close();
          },
        };
        opened.push(spy);
        return spy;
      },
    },
  };
}

describe('logits', () => {
  it('are those of every image, in order, however many there are', async () => {
    const spy = watched(engine);
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs(), input: SPECIFICATION, engine: spy.engine });
    const count = 2 * MAX_BATCH_IMAGES + 3;
    const pixels = Float32Array.from({ length: count * 2 }, (_, index) => index / 1000);

    const logits = await classifier.logits(pixels, count);

    expect(logits).toHaveLength(count * 2);
    expect(logits.every((logit, index) => Math.abs(logit - index / 100) < 1e-5)).toBe(true);
    expect(spy.batches).toEqual([MAX_BATCH_IMAGES, MAX_BATCH_IMAGES, 3]);
  });

  it('of no images are nothing', async () => {
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs(), input: SPECIFICATION, engine });

    expect(await classifier.logits(new Float32Array(0), 0)).toEqual(new Float32Array(0));
  });

  it('come from batches padded to the size a graph is fixed to', async () => {
    const spy = watched(engine);
    const classifier = await openClassifier({ graph: await timesTen('float', 4), description: describeAs({ batch: 4 }), input: SPECIFICATION, engine: spy.engine });

    const logits = await classifier.logits(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1), 5);

    expect([...logits].map((logit) => Math.round(logit))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(spy.batches).toEqual([4, 4]);
  });

  it('of a graph that answers for one image without a batch come one by one', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 1, 1, 2])],
      outputs: [value('y', 'float', [2])],
      initializers: [{ name: 'shape', dataType: 'int64', dims: [1], values: BigInt64Array.of(2n) }],
      nodes: [node('Reshape', ['x', 'shape'], ['y'])],
    });
    const classifier = await openClassifier({ graph, description: describeAs({}, { batchFirst: false }), input: SPECIFICATION, engine });

    expect(await classifier.logits(Float32Array.of(1, 2, 3, 4), 2)).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('may be an inner value of the graph', async () => {
    const classifier = await openClassifier({
      graph: await timesTen(),
      description: describeAs({}, { name: 'flat', isGraphOutput: false }),
      input: SPECIFICATION,
      engine,
    });

    expect(await classifier.logits(Float32Array.of(0.25, 0.5), 1)).toEqual(Float32Array.of(0.25, 0.5));
  });

  it.each([['uint8', 255], ['int32', 255], ['int64', 255], ['float16', 1], ['double', 1]] as const)('of a graph that takes %s', async (elementType, high) => {
    const classifier = await openClassifier({
      graph: await timesTen(elementType),
      description: describeAs({ elementType }),
      input: { ...SPECIFICATION, range: [0, high] },
      engine,
    });

    expect(await classifier.logits(Float32Array.of(0, 1), 1)).toEqual(Float32Array.of(0, 10 * high));
  });

  it('of a graph with channels last are those of the same pixels', async () => {
    const graph = await timesTen('float', 'N', [1, 1, 2]);
    const classifier = await openClassifier({
      graph,
      description: describeAs({ layout: 'nhwc', channels: 2, height: 1, width: 1 }),
      input: { ...SPECIFICATION, layout: 'nhwc', channels: 2, height: 1, width: 1 },
      engine,
    });

    expect([...(await classifier.logits(Float32Array.of(0.5, 1), 1))]).toEqual([5, 10]);
  });

  it('of probabilities differ as the logits before the softmax did', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 1, 1, 2])],
      outputs: [value('y', 'float', ['N', 2])],
      nodes: [node('Flatten', ['x'], ['flat']), node('Softmax', ['flat'], ['y'], { axis: { type: 'int', value: 1n } })],
    });
    const classifier = await openClassifier({ graph, description: describeAs({}, { kind: 'probabilities' }), input: SPECIFICATION, engine });
    const [first = NaN, second = NaN] = await classifier.logits(Float32Array.of(0.25, 1), 1);

    expect(second - first).toBeCloseTo(0.75, 5);
  });

  it('that are no numbers are an error and not an answer', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 1, 1, 2])],
      outputs: [value('y', 'float', ['N', 2])],
      nodes: [node('Flatten', ['x'], ['flat']), node('Log', ['flat'], ['y'])],
    });
    const classifier = await openClassifier({ graph, description: describeAs(), input: { ...SPECIFICATION, range: [-1, 0] }, engine });

    await expect(classifier.logits(Float32Array.of(0.5, 0.5), 1)).rejects.toMatchObject({ code: 'engine/failed' });
  });

  it('are refused for a wrong number of pixels', async () => {
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs(), input: SPECIFICATION, engine });

    await expect(classifier.logits(new Float32Array(3), 2)).rejects.toMatchObject({ code: 'internal/unexpected' });
  });

  it('are refused for an input of another size than the graph’s', async () => {
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs(), input: { ...SPECIFICATION, width: 3 }, engine });

    await expect(classifier.logits(new Float32Array(3), 1)).rejects.toMatchObject({ code: 'engine/failed' });
  });

  it('are refused when one batch would not fit into memory', async () => {
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs({ batch: 2 ** 30 }), input: SPECIFICATION, engine });

    await expect(classifier.logits(new Float32Array(2), 1)).rejects.toMatchObject({ code: 'format/limit-exceeded' });
  });
});

describe('a session', () => {
  it('tries several input specifications on one loaded graph', async () => {
    const spy = watched(engine);
    const session = await openClassifierSession({ graph: await timesTen(), description: describeAs(), engine: spy.engine, classNames: ['left', 'right'] });
    const plain = session.classifier(SPECIFICATION);
    const bytes = session.classifier({ ...SPECIFICATION, range: [0, 255] });

    expect(await plain.logits(Float32Array.of(0, 1), 1)).toEqual(Float32Array.of(0, 10));
    expect(await bytes.logits(Float32Array.of(0, 1), 1)).toEqual(Float32Array.of(0, 2550));
    expect(spy.opened).toHaveLength(1);
    expect(plain).toMatchObject({ classCount: 2, classNames: ['left', 'right'], outputKind: 'logits', engine: expect.stringMatching(/^onnxruntime-node 1\./) });
  });

  it('refuses an input that no pixels can be made into, before anything is loaded', async () => {
    const spy = watched(engine);

    await expect(openClassifierSession({ graph: await timesTen(), description: describeAs({ elementType: 'string' }), engine: spy.engine })).rejects.toMatchObject({
      code: 'format/unsupported',
    });
    expect(spy.opened).toHaveLength(0);
  });

  it('closes everything it opened', async () => {
    const spy = watched(engine);
    const session = await openClassifierSession({ graph: await timesTen(), description: describeAs(), engine: spy.engine });
    for (const values of [['float'], ['flat'], ['float', 'flat']]) await session.classifier(SPECIFICATION).activations(new Float32Array(2), 1, values);
    await session.close();

    expect(new Set(spy.closed)).toEqual(new Set(spy.opened));
  });
});

describe('activations', () => {
  it('are inner values of all images, under their names and with their shapes', async () => {
    const spy = watched(engine);
    const session = await openClassifierSession({ graph: await timesTen(), description: describeAs(), engine: spy.engine });
    const classifier = session.classifier(SPECIFICATION);
    const count = MAX_BATCH_IMAGES + 1;
    const pixels = Float32Array.from({ length: count * 2 }, (_, index) => index);

    const first = await classifier.activations(pixels, count, ['flat', 'float']);
    const second = await classifier.activations(pixels, count, ['float', 'flat']);

    expect(first.get('flat')).toEqual({ data: pixels, shape: [count, 2] });
    expect(first.get('float')).toEqual({ data: pixels, shape: [count, 1, 1, 2] });
    expect(second).toEqual(first);
    // The plain graph, and one with these two values; asking again in another order opens nothing.
    expect(spy.opened).toHaveLength(2);
  });

  it('of a padded batch are those of the real images only', async () => {
    const classifier = await openClassifier({ graph: await timesTen('float', 4), description: describeAs({ batch: 4 }), input: SPECIFICATION, engine });

    expect((await classifier.activations(Float32Array.of(1, 2), 1, ['flat'])).get('flat')).toEqual({ data: Float32Array.of(1, 2), shape: [1, 2] });
  });

  it('may be asked for a value that is an output already', async () => {
    const classifier = await openClassifier({ graph: await timesTen(), description: describeAs(), input: SPECIFICATION, engine });

    expect((await classifier.activations(Float32Array.of(1, 2), 1, ['y'])).get('y')).toEqual({ data: Float32Array.of(10, 20), shape: [1, 2] });
  });

  it('are refused for a value that has no batch', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 1, 1, 2])],
      outputs: [value('y', 'float', ['N', 2])],
      initializers: [constant('w', [3], [1, 2, 3])],
      nodes: [node('Neg', ['w'], ['inner']), node('ReduceSum', ['inner'], ['sum']), node('Flatten', ['x'], ['flat']), node('Mul', ['flat', 'sum'], ['y'])],
    });
    const classifier = await openClassifier({ graph, description: describeAs(), input: SPECIFICATION, engine });

    await expect(classifier.activations(new Float32Array(2), 1, ['inner'])).rejects.toMatchObject({ code: 'engine/failed' });
  });
});

describe('a trained model', () => {
  const folder = path.resolve(import.meta.dirname, '../../fixtures/demo');

  it('is a classifier whose answers do not depend on the batch an image comes in', async () => {
    const bytes = readFileSync(path.join(folder, 'models/clean.onnx'));
    const model = decodeOnnxModel(bytes);
    const description = await describeClassifier(model);
    if ('absence' in description) throw new Error(description.absence);
    const { layout, channels, height, width } = description.input;
    const input: InputSpecification = { ...SPECIFICATION, layout, channels, height, width };
    const classifier = await openClassifier({ graph: { model, bytes: memorySource(bytes), externalFiles: [] }, description, input, engine });
    const size = channels * height * width;
    const pixels = Float32Array.from({ length: 3 * size }, (_, index) => ((index * 7919) % 256) / 255);

    const together = await classifier.logits(pixels, 3);
    const alone = await classifier.logits(pixels.subarray(size, 2 * size), 1);

    expect(classifier.classCount).toBe(10);
    alone.forEach((logit, index) => expect(logit).toBeCloseTo(together[10 + index] ?? NaN, 4));
  });
});

it('the tiny graphs of these tests are what the engine is given', async () => {
  expect(decodeOnnxModel(await bytesOf(await timesTen())).graph.nodes.map(({ opType }) => opType)).toEqual(['Cast', 'Flatten', 'Mul']);
});
