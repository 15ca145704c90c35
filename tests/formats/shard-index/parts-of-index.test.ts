import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { partsOfIndex } from '../../../src/formats/shard-index/parts-of-index.ts';

const partsOf = (text: string) => partsOfIndex({ path: 'model.safetensors.index.json', digest: 'sha256:00', bytes: memorySource(Buffer.from(text)) });
const indexOf = (map: object): string => JSON.stringify({ weight_map: map });

describe('partsOfIndex', () => {
  it('gives each file with its tensors, in the order of the index', async () => {
    const parts = await partsOf(indexOf({ b: 'm-00001-of-00002.safetensors', a: 'm-00002-of-00002.safetensors', c: 'm-00001-of-00002.safetensors' }));

    expect([...parts]).toEqual([['m-00001-of-00002.safetensors', ['b', 'c']], ['m-00002-of-00002.safetensors', ['a']]]);
  });

  it.each([
    ['names no file', indexOf({}), /names no file/],
    ['has no map', '{}', /no weight_map/],
    ['is no JSON', '{"weight_map": {', /character 16/],
    ['says twice where a tensor lies', '{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}', /more than once/],
    ['leaves its folder', indexOf({ a: '../x.safetensors' }), /leaves the folder/],
    ['is absolute', indexOf({ a: '/etc/x.safetensors' }), /is absolute/],
    ['lacks one of a numbered series', indexOf({ a: 'm-00001-of-00002.safetensors' }), /No tensor lies in part 00002 of 2/],
  ])('refuses an index that %s, with its path and what to do', async (_, text, message) => {
    await expect(partsOf(text)).rejects.toMatchObject({
      code: 'format/malformed', message: expect.stringMatching(message) as string,
      where: { artifact: 'model.safetensors.index.json' }, nextStep: expect.stringContaining('Save the model again') as string,
    });
  });

  it('refuses more files than it would hold open', async () => {
    const map = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`t${String(at)}`, `part${String(at)}.safetensors`]));

    await expect(partsOf(indexOf(map))).rejects.toMatchObject({ code: 'format/limit-exceeded', message: expect.stringContaining('1001 files') as string });
  });
});
