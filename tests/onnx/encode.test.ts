import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import { acceptFixtures, fixtureModel, zooFiles } from './onnx-fixtures.ts';
import { readWithProtobufjs } from './onnx-proto.ts';
import { wholeModel } from './plain-model.ts';

describe('encoding a model', () => {
  it.each(acceptFixtures)('$name: decoding the result gives an equal model', async (fixture) => {
    const model = fixtureModel(fixture);
    const encoded = await encodeOnnxModel(model);

    expect(await wholeModel(decodeOnnxModel(encoded))).toEqual(await wholeModel(model));
  });

  it.each(acceptFixtures)('$name: the result reads back in protobufjs', async (fixture) => {
    const encoded = await encodeOnnxModel(fixtureModel(fixture));

    expect(readWithProtobufjs(encoded)).toHaveProperty('graph');
  });

  it('writes the bytes PyTorch wrote', async () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'conv-gemm');
    if (fixture === undefined) throw new Error('fixture is missing');

    expect(Buffer.compare(fixture.bytes, await encodeOnnxModel(fixtureModel(fixture)))).toBe(0);
  });

  it('keeps the reference of external tensors and reads none of their bytes', async () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'external-data');
    const model = decodeOnnxModel(fixture?.bytes ?? new Uint8Array(0));
    const again = decodeOnnxModel(await encodeOnnxModel(model));

    expect(again.graph.initializers.map(({ raw }) => [raw?.path, raw?.range.offset])).toEqual([
      ['external-weights.bin', 0],
      ['external-weights.bin', 4096],
      ['parts/scale.bin', 0],
    ]);
    expect(again.graph.initializers[2]?.raw?.sha1).toMatch(/^[0-9a-f]{40}$/);
  });

  it.skipIf(zooFiles.length === 0)('gives every model of the zoo byte for byte', async () => {
    for (const file of zooFiles) {
      const bytes = readFileSync(file);
      expect(Buffer.compare(bytes, await encodeOnnxModel(decodeOnnxModel(bytes))), file).toBe(0);
    }
  });
});
