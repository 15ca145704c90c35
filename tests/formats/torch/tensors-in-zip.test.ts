import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../../src/errors.ts';
import { pytorchLegacy } from '../../../src/formats/pytorch-legacy.ts';
import type { Model } from '../../../src/model/model.ts';
import { readBytes } from '../../support/read-code.ts';

const root = path.resolve(import.meta.dirname, '../../../fixtures/formats/torch');
/** Name, type, shape and values of each tensor, as torch reads them. */
const expected = JSON.parse(readFileSync(path.join(root, 'expected.json'), 'utf8')) as Record<string, [string, string, number[], number[]][]>;
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(root, name)));
const OURS: Readonly<Record<string, string>> = { float32: 'float', uint8: 'uint8', int64: 'int64', float16: 'float16', bfloat16: 'bfloat16', bool: 'bool' };

describe('the tensors of a PyTorch checkpoint', () => {
  it.each(Object.keys(expected))('%s: what torch reads from it, by name', async (name) => {
    const { tensors } = (await readBytes(bytesOf(name), name)).facets;
    const read = await Promise.all((tensors?.list ?? []).map(async (one) => [one.name, one.dataType, one.shape, Array.from((await tensors?.values(one.name)) ?? [])]));

    expect(read).toEqual((expected[name] ?? []).map(([key, type, shape, values]) => [key, OURS[type], shape, values]));
  });

  it('that do not lie row by row are counted, not guessed', async () => {
    expect((await readBytes(bytesOf('parts.pt'), 'parts.pt')).notes.at(-1)).toMatch(/^8 tensors of a PyTorch checkpoint; 1 more are of other types/);
  });

  it('are never outside of the file, whatever byte of it is changed', async () => {
    const bytes = bytesOf('legacy.pt');
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
      const model = await readBytes(changed, 'legacy.pt', pytorchLegacy).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
      else for (const { range } of (model as Model).facets.tensors?.list ?? []) expect(range.offset + range.length).toBeLessThanOrEqual(bytes.length);
    }), { numRuns: 300, seed: 7 });
  });
});
