import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { flax } from '../../src/formats/flax.ts';
import type { Model } from '../../src/model/model.ts';
import { readBytes } from '../support/read-code.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(flax, { prefixesOf: 'params.msgpack' });

describe('flax', () => {
  it('is taken for possible under its name only, and for nothing that begins like something else', () => {
    const map = Uint8Array.from([0x81, 0xa1, 0x61, 0x01]);

    expect(flax.match(map, 'flax_model.msgpack')).toBe('possible');
    expect(flax.match(map, 'model.bin')).toBeUndefined();
    expect(flax.match(Uint8Array.from([0x80, 0x04, 0x95]), 'flax_model.msgpack')).toBeUndefined();
    expect(flax.match(Uint8Array.from([0x08, 0x07]), 'flax_model.msgpack')).toBeUndefined();
  });

  it('a changed byte gives a model or an error, never a crash and never an array outside of the file', async () => {
    const bytes = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../../fixtures/formats/flax/accept/params.msgpack')));
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
      const model = await readBytes(changed, 'm.msgpack', flax).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
      else for (const { range } of (model as Model).facets.tensors?.list ?? []) expect(range.offset + range.length).toBeLessThanOrEqual(bytes.length);
    }), { numRuns: 1500, seed: 2 });
  });
});
