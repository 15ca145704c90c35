import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { xgboost } from '../../src/formats/xgboost.ts';
import { readBytes } from '../support/read-code.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(xgboost, { prefixesOf: 'model.ubj' });

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../../fixtures/formats/xgboost/accept', name)));

describe('xgboost', () => {
  it.each(['model.json', 'version-first.json', 'model.ubj', 'binary.xgb'])('%s is recognized by its bytes, under any name', async (name) => {
    expect((await readBytes(bytesOf(name), 'model.bin')).format).toBe('xgboost');
  });

  it('gives a model or an error for any changed byte', async () => {
    const bytes = bytesOf('model.ubj');
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
      const model = await readBytes(changed, 'm.ubj', xgboost).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
    }), { numRuns: 1000, seed: 10 });
  });
});
