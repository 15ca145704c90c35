import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf, tensorOf } from '../../src/onnx/build.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import { tensorValues } from '../../src/onnx/tensor-values.ts';
import { wholeModel } from './plain-model.ts';

describe('building a graph', () => {
  it('gives a model that the engine runs', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 2]);
    const w = graph.constant('w', Float32Array.of(1, 2, 3, 4), [2, 2]);
    const y = graph.node('Gemm', [x, w], { attributes: { transB: attribute.int(1), alpha: attribute.float(2) } });
    graph.output(graph.node('Softmax', [y], { outputs: ['p'], attributes: { axis: attribute.int(-1) } }));
    const session = await ort.InferenceSession.create(await encodeOnnxModel(modelOf(graph.graph())), { intraOpNumThreads: 1 });
    const answer = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 0), [1, 2]) });
    await session.release();

    // Gemm gives 2 · (1, 3); softmax of (2, 6) follows.
    const [first = NaN, second = NaN] = Array.from(answer['p']?.data as Float32Array);
    expect(first).toBeCloseTo(1 / (1 + Math.exp(4)), 5);
    expect(second).toBeCloseTo(1 / (1 + Math.exp(-4)), 5);
  });

  it('never gives two values one name', () => {
    const graph = graphBuilder();
    const x = graph.input('Relu', 'float');

    expect([graph.node('Relu', [x]), graph.node('Relu', [x]), graph.fresh('Relu')]).toEqual(['Relu_1', 'Relu_2', 'Relu_3']);
  });

  it('survives a round trip with every kind of attribute and a subgraph', async () => {
    const inner = graphBuilder();
    inner.output(inner.node('Identity', ['x'], { outputs: ['inner'] }));
    const graph = graphBuilder();
    graph.input('x', 'float', [undefined, 3]);
    graph.node('Custom', ['x', ''], {
      domain: 'com.example',
      name: 'node',
      outputs: ['y'],
      attributes: {
        i: attribute.int(-5),
        is: attribute.ints([1, -2n]),
        f: attribute.float(0.1),
        fs: attribute.floats([0.5, -0]),
        s: attribute.string('é'),
        ss: attribute.strings(['a', '']),
        t: attribute.tensor(tensorOf('', Int8Array.of(-1), [1])),
        g: attribute.graph(inner.graph()),
        tp: attribute.type({ kind: 'tensor', elementType: 'int64', shape: [2, 'M', undefined] }),
      },
    });
    graph.output('y');
    const model = modelOf(graph.graph(), { opsetImports: { '': 17, 'com.example': 1 }, metadata: new Map([['k', 'v']]) });

    expect(await wholeModel(decodeOnnxModel(await encodeOnnxModel(model)))).toEqual(await wholeModel(model));
  });

  it('knows the data type of every array', async () => {
    const arrays = [
      [Float32Array.of(1), 'float'], [Float64Array.of(1), 'double'], [Int8Array.of(1), 'int8'], [Uint8Array.of(1), 'uint8'], [Int16Array.of(1), 'int16'],
      [Uint16Array.of(1), 'uint16'], [Int32Array.of(1), 'int32'], [Uint32Array.of(1), 'uint32'], [BigInt64Array.of(1n), 'int64'], [BigUint64Array.of(1n), 'uint64'],
    ] as const;
    for (const [array, dataType] of arrays) {
      const tensor = tensorOf('t', array, [1]);
      expect(tensor.dataType).toBe(dataType);
      expect(Array.from(await tensorValues(tensor))).toEqual([1]);
    }
  });

  it('refuses a graph whose outputs nothing makes', () => {
    const graph = graphBuilder();
    graph.output('y');

    expect(() => modelOf(graph.graph())).toThrow(expect.objectContaining({ code: 'format/malformed' }));
  });
});
