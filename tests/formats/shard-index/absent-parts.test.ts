import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { GateError } from '../../../src/errors.ts';
import { absentParts } from '../../../src/formats/shard-index/absent-parts.ts';

const { signal } = new AbortController();

function safetensors(...names: readonly string[]): Uint8Array {
  const header = Buffer.from(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, { dtype: 'U8', shape: [1], data_offsets: [index, index + 1] }]))));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(names.length)]);
}

const LFS = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`);

async function details(index: Readonly<Record<string, readonly string[]>>, files: Readonly<Record<string, Uint8Array>>): Promise<readonly string[]> {
  const found = await absentParts(new Map(Object.entries(index)), (file) => {
    const bytes = files[file];
    return bytes === undefined ? Promise.reject(new GateError({ code: 'format/external-data', message: 'There is no such file.' })) : Promise.resolve(memorySource(bytes));
  }, signal);
  expect(found.every(({ kind }) => kind === 'missing-part')).toBe(true);
  return found.map(({ place, detail }) => `${place}: ${detail}`);
}

describe('the files of an index', () => {
  it('are quiet where each is there and holds what the index says, and more', async () => {
    expect(await details({ 'a.safetensors': ['x', 'y'], 'b.safetensors': ['z'] }, { 'a.safetensors': safetensors('x', 'y'), 'b.safetensors': safetensors('z', 'more') })).toEqual([]);
  });

  it('are told where they are missing, stand for themselves as pointers, or lack a tensor', async () => {
    const found = await details(
      { 'gone.safetensors': ['x'], 'pointer.safetensors': ['y'], 'poor.safetensors': ['z', 'w'] },
      { 'pointer.safetensors': LFS, 'poor.safetensors': safetensors('w') },
    );

    expect(found).toEqual([
      expect.stringMatching(/^the file "gone.safetensors": .*no such file/) as string,
      expect.stringMatching(/^the file "pointer.safetensors": .*Git LFS pointer/) as string,
      expect.stringMatching(/^the file "poor.safetensors": It does not hold 1 of the 2 .*"z"/) as string,
    ]);
  });

  it('of other formats have to be there', async () => {
    expect(await details({ 'a.bin': ['x'], 'b.bin': ['y'] }, { 'a.bin': Buffer.from('PK') })).toEqual([expect.stringContaining('b.bin') as string]);
  });

  it('that are broken are told of in their own rows', async () => {
    expect(await details({ 'a.safetensors': ['x'], 'b.safetensors': ['y'] }, { 'a.safetensors': Buffer.from('short'), 'b.safetensors': Buffer.from('\xff'.repeat(20), 'latin1') })).toEqual([]);
  });

  it('whose headers take more than the budget are not called whole', async () => {
    // Says that a header of 300 MB follows; nothing of it is read.
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(300_000_000n);
    const source = { size: 400_000_000, read: async (_: number, bytes: number) => Buffer.concat([length, Buffer.alloc(bytes)]).subarray(0, bytes) };

    expect(await absentParts(new Map([['a.safetensors', ['x']]]), () => Promise.resolve(source), signal)).toMatchObject([{ kind: 'missing-part', detail: expect.stringContaining('not looked up') as string }]);
  });
});
