import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { coreml } from '../../src/formats/coreml.ts';
import { readBytes } from '../support/read-code.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(coreml);

const bytes = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../../fixtures/formats/coreml/accept/network.mlmodel')));
const onnxBytes = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../../fixtures/formats/onnx/accept/conv-gemm.onnx')));

describe('coreml', () => {
  it('is recognized by its bytes under any name, and no ONNX model is taken for one', async () => {
    expect((await readBytes(bytes, 'model.onnx')).format).toBe('coreml');
    expect((await readBytes(onnxBytes, 'model.mlmodel')).format).toBe('onnx');
  });

  it('gives a model or an error for any changed byte', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
      const model = await readBytes(changed, 'm.mlmodel', coreml).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
    }), { numRuns: 500, seed: 9 });
  });
});
