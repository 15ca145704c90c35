import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { tensorOf } from '../../src/onnx/build.ts';
import { DATA_TYPES } from '../../src/onnx/schema.ts';
import { tensorValues } from '../../src/onnx/tensor-values.ts';
import { acceptFixtures, fixtureModel } from './onnx-fixtures.ts';
import { plainNumber } from './plain-model.ts';

interface ExpectedTensor {
  readonly name: string;
  readonly values?: readonly (number | string)[];
}

function expectedTensors(name: string): { readonly expected: readonly ExpectedTensor[]; readonly actual: ReturnType<typeof fixtureModel>['graph']['initializers'] } {
  const fixture = acceptFixtures.find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`there is no fixture ${name}`);
  const graph = fixture.expected.model?.['graph'] as { initializers: ExpectedTensor[] } | undefined;
  return { expected: (fixture.expected.tensors as ExpectedTensor[] | undefined) ?? graph?.initializers ?? [], actual: fixtureModel(fixture).graph.initializers };
}

describe('the values of a tensor', () => {
  it.each(['data-types', 'young-data-types'])('are those numpy has, raw and typed, in %s', async (name) => {
    const { expected, actual } = expectedTensors(name);
    for (const [index, tensor] of actual.entries()) {
      if (tensor.dataType === 'string') continue;
      expect(Array.from(await tensorValues(tensor), plainNumber), tensor.name).toEqual(expected[index]?.values);
    }
  });

  it('cover every numeric data type, raw and typed', () => {
    const seen = new Set(['data-types', 'young-data-types'].flatMap((name) => expectedTensors(name).actual.map(({ name: tensor, dataType }) => `${tensor.split('.')[0] ?? ''}.${dataType}`)));

    for (const dataType of DATA_TYPES) {
      if (dataType === 'undefined' || dataType === 'string') continue;
      expect(seen).toContain(`raw.${dataType}`);
      expect(seen).toContain(`typed.${dataType}`);
    }
  });

  it('keep the sign of zero and the payload of large integers as near as a double can', async () => {
    expect(Object.is((await tensorValues(tensorOf('x', Float32Array.of(-0), [1])))[0], -0)).toBe(true);
    expect(await tensorValues(tensorOf('x', BigInt64Array.of(2n ** 53n + 1n), [1]))).toEqual(Float64Array.of(2 ** 53));
  });

  it('are read at any offset of a file', async () => {
    const file = new Uint8Array(20);
    new DataView(file.buffer).setFloat32(3, 1.5, true);
    new DataView(file.buffer).setFloat32(7, -2, true);
    const raw = { source: memorySource(file), range: { offset: 3, length: 8 }, location: 'inline' as const };

    expect(await tensorValues({ name: 'w', dataType: 'float', dims: [2], raw })).toEqual(Float32Array.of(1.5, -2));
  });

  it('do not share memory with the file', async () => {
    const data = Float32Array.of(1, 2);
    const values = await tensorValues(tensorOf('w', data, [2]));
    values[0] = 9;

    expect(data[0]).toBe(1);
  });

  it('do not exist for strings', async () => {
    await expect(tensorValues({ name: 's', dataType: 'string', dims: [1], values: [new Uint8Array(1)] })).rejects.toMatchObject({ code: 'format/unsupported' });
  });

  it('are refused before memory is claimed when there are too many', async () => {
    const raw = { source: memorySource(new Uint8Array(0)), range: { offset: 0, length: 2 ** 40 }, location: 'inline' as const };

    await expect(tensorValues({ name: 'w', dataType: 'uint8', dims: [2 ** 40], raw })).rejects.toMatchObject({ code: 'format/limit-exceeded' });
  });

  it('are an error when the file is shorter than it was', async () => {
    const raw = { source: memorySource(new Uint8Array(4)), range: { offset: 2, length: 4 }, location: 'inline' as const };

    await expect(tensorValues({ name: 'w', dataType: 'float', dims: [1], raw })).rejects.toMatchObject({ code: 'format/truncated' });
  });
});
