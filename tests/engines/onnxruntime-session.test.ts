import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { Engine, EngineSession, EngineTensor } from '../../src/engines/engine.ts';
import type { OnnxDataType } from '../../src/onnx/onnx-model.ts';
import { bytesOf, constant, node, tinyGraph, value } from './tiny-graph.ts';

const TYPES: readonly (readonly [OnnxDataType, EngineTensor])[] = [
  ['float', { type: 'float32', data: Float32Array.of(1.5, -2), dims: [2] }],
  ['double', { type: 'float64', data: Float64Array.of(1.5, -1e300), dims: [2] }],
  ['float16', { type: 'float16', data: Uint16Array.of(0x3c00, 0xc000), dims: [2] }],
  ['int64', { type: 'int64', data: BigInt64Array.of(1n, -(2n ** 60n)), dims: [2] }],
  ['int32', { type: 'int32', data: Int32Array.of(7, -(2 ** 31)), dims: [2] }],
  ['int16', { type: 'int16', data: Int16Array.of(7, -32_768), dims: [2] }],
  ['int8', { type: 'int8', data: Int8Array.of(7, -128), dims: [2] }],
  ['uint16', { type: 'uint16', data: Uint16Array.of(7, 65_535), dims: [2] }],
  ['uint8', { type: 'uint8', data: Uint8Array.of(7, 255), dims: [2] }],
  ['bool', { type: 'bool', data: Uint8Array.of(0, 1), dims: [2] }],
];

describe.each(['onnxruntime-node', 'onnxruntime-web'] as const)('a session of %s', (preference) => {
  let engine: Engine;
  let addOne: EngineSession;

  beforeAll(async () => {
    engine = await createEngine({ preference, threads: 1 });
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 2])],
      outputs: [value('y', 'float', ['N', 2]), value('twice', 'float', ['N', 2])],
      initializers: [constant('one', [1], [1])],
      nodes: [node('Add', ['x', 'one'], ['y']), node('Add', ['y', 'y'], ['twice'])],
    });
    addOne = await engine.open(await bytesOf(graph));
  });
  afterAll(() => addOne.close());

  it('names its inputs and outputs with their types and shapes', () => {
    expect(addOne.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['N', 2] }]);
    expect(addOne.outputs.map(({ name }) => name)).toEqual(['y', 'twice']);
  });

  it('computes everything, or only what is asked for', async () => {
    const x: EngineTensor = { type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] };

    expect(await addOne.run({ x })).toEqual({
      y: { type: 'float32', data: Float32Array.of(2, 3, 4, 5), dims: [2, 2] },
      twice: { type: 'float32', data: Float32Array.of(4, 6, 8, 10), dims: [2, 2] },
    });
    expect(Object.keys(await addOne.run({ x }, ['twice']))).toEqual(['twice']);
  });

  it.each(TYPES)('carries %s there and back', async (elementType, tensor) => {
    const graph = await tinyGraph({
      inputs: [value('x', elementType, [2])],
      outputs: [value('y', elementType, [2])],
      nodes: [node('Identity', ['x'], ['y'])],
    });
    const session = await engine.open(await bytesOf(graph));

    expect(await session.run({ x: tensor })).toEqual({ y: tensor });
    await session.close();
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['garbage', new TextEncoder().encode('this is not a model at all')],
    // The engine's own format, which our readers never saw: it must not be tried.
    ['the engine’s own file format', Uint8Array.of(24, 0, 0, 0, 0x4f, 0x52, 0x54, 0x4d, ...new Array<number>(64).fill(0))],
  ])('refuses %s', async (_, bytes) => {
    await expect(engine.open(bytes)).rejects.toMatchObject({ name: 'GateError', code: 'engine/rejected' });
  });

  it('refuses an operator it does not know, and says which', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', [2])],
      outputs: [value('y', 'float', [2])],
      nodes: [node('Teleport', ['x'], ['y'])],
    });

    await expect(engine.open(await bytesOf(graph))).rejects.toMatchObject({ code: 'engine/rejected', message: expect.stringContaining('Teleport') });
  });

  it.each<readonly [string, Readonly<Record<string, EngineTensor>>, readonly string[] | undefined]>([
    ['another rank', { x: { type: 'float32', data: new Float32Array(2), dims: [2] } }, undefined],
    ['another width', { x: { type: 'float32', data: new Float32Array(3), dims: [1, 3] } }, undefined],
    ['another type', { x: { type: 'float64', data: new Float64Array(2), dims: [1, 2] } }, undefined],
    ['too few numbers for its shape', { x: { type: 'float32', data: new Float32Array(1), dims: [1, 2] } }, undefined],
    ['no input', {}, undefined],
    ['an output that is not there', { x: { type: 'float32', data: new Float32Array(2), dims: [1, 2] } }, ['z']],
  ])('fails with one clean line on %s', async (_, feeds, fetches) => {
    const failed = addOne.run(feeds, fetches);

    await expect(failed).rejects.toMatchObject({ code: 'engine/failed' });
    await expect(failed).rejects.toThrow(/^[^\n]+$/);
    await expect(failed).rejects.not.toThrow(/ERROR_CODE|onnxruntime_src/);
  });

  it('names a type that does not cross the boundary', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', [2])],
      outputs: [value('y', 'string', [2])],
      nodes: [node('Cast', ['x'], ['y'], { to: { type: 'int', value: 8n } })],
    });
    const session = await engine.open(await bytesOf(graph));

    await expect(session.run({ x: { type: 'float32', data: new Float32Array(2), dims: [2] } })).rejects.toMatchObject({
      code: 'engine/failed',
      message: expect.stringContaining('string'),
    });
    await session.close();
  });

  it('reads tensors that lie outside the file from the bytes it is given, and nowhere else', async () => {
    const data = new Uint8Array(Float32Array.of(10, 20).buffer);
    const source = { size: data.byteLength, read: () => Promise.resolve(data) };
    const graph = await tinyGraph({
      inputs: [value('x', 'float', [2])],
      outputs: [value('y', 'float', [2])],
      initializers: [
        { name: 'w', dataType: 'float', dims: [2], raw: { source, range: { offset: 0, length: 8 }, location: 'external', path: 'weights.bin' } },
      ],
      nodes: [node('Add', ['x', 'w'], ['y'])],
    });
    const bytes = await bytesOf(graph);
    const session = await engine.open(bytes, [{ path: 'weights.bin', data }]);

    expect((await session.run({ x: { type: 'float32', data: Float32Array.of(1, 2), dims: [2] } }))['y']?.data).toEqual(Float32Array.of(11, 22));
    await expect(engine.open(bytes)).rejects.toMatchObject({ code: 'engine/rejected' });
    await session.close();
  });

  it('is closed once and then refuses to run', async () => {
    const graph = await tinyGraph({ inputs: [value('x', 'float', [1])], outputs: [value('y', 'float', [1])], nodes: [node('Neg', ['x'], ['y'])] });
    const session = await engine.open(await bytesOf(graph));
    await session.close();
    await session.close();

    await expect(session.run({ x: { type: 'float32', data: new Float32Array(1), dims: [1] } })).rejects.toMatchObject({ code: 'engine/failed' });
  });
});
