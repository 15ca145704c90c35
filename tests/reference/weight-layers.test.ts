import { describe, expect, it } from 'vitest';
import { matchLayers, MAX_LAYERS, weightLayers } from '../../src/reference/weight-layers.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';

const tensor = (name: string, shape: readonly number[], dataType = 'float') => ({ name, dataType, shape, source: memorySource(new Uint8Array(0)), range: { offset: 0, length: 0 } });
const layers = [{ name: 'a', shape: [4, 8] }, { name: 'b', shape: [10, 4] }];

describe('weightLayers', () => {
  it('takes weights and leaves biases, shapes, indices and scraps', () => {
    const found = weightLayers({ list: [tensor('conv', [16, 1, 5, 5]), tensor('bias', [16]), tensor('shape', [4, 4], 'int64'), tensor('scrap', [2, 2]), tensor('head', [16, 10], 'float16')] });

    expect(found).toEqual([{ name: 'conv', shape: [16, 1, 5, 5] }, { name: 'head', shape: [16, 10] }]);
  });

  it('takes the last ones of a very deep network', () => {
    const found = weightLayers({ list: Array.from({ length: MAX_LAYERS + 3 }, (_, at) => tensor(`layer ${at}`, [4, 4])) });

    expect(found.length).toBe(MAX_LAYERS);
    expect(found[0]?.name).toBe('layer 3');
  });
});

describe('matchLayers', () => {
  it('matches by name in any order, and by place under other names', () => {
    expect(matchLayers([layers[1] as never, layers[0] as never], layers)).toEqual(layers);
    expect(matchLayers([{ name: 'x', shape: [4, 8] }, { name: 'y', shape: [10, 4] }], layers)).toEqual([{ name: 'x', shape: [4, 8] }, { name: 'y', shape: [10, 4] }]);
  });

  it('says what does not match', () => {
    expect(matchLayers([{ name: 'x', shape: [4, 8] }], layers)).toEqual({ mismatch: 'it has 1 weight tensors and the reference’s models have 2' });
    expect(matchLayers([{ name: 'a', shape: [4, 8] }, { name: 'b', shape: [10, 5] }], layers)).toEqual({ mismatch: 'weight tensor 2 (b) has the shape [10, 5], and that of the reference’s models is [10, 4]' });
  });
});
