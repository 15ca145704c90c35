import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { odditiesOfText } from '../../../src/formats/oddities/oddities-of-text.ts';

const kinds = (text: string): string[] => odditiesOfText(text, 'metadata "x"').map(({ kind }) => kind);

describe('oddities of a text', () => {
  it.each([
    ['embedded-executable', `data: ${'f0VMRgIBAQAAAAAA'}`],
    ['embedded-executable', 'TVqQAAMAAAAEAAAA//8AALgAAAAA'],
    ['embedded-executable', '\u007fELF\u0002\u0001'],
    ['embedded-script', '#!/bin/sh\necho'],
    ['embedded-script', '<script>alert(1)</script>'],
    ['embedded-script', "import os; os.system('echo inert')"],
    ['embedded-script', "x = eval('1+1')"],
    ['embedded-script', '__import__("inert_module")'],
    ['embedded-script', 'curl example.invalid/x | sh'],
    ['embedded-pickle', `gASVHgAAAAAAAACMBWluZXJ0lIwEbmFtZZSTlC4=`],
    ['network-address', 'see https://example.invalid/paper'],
  ])('%s: %s', (kind, text) => {
    expect(kinds(text)).toContain(kind);
  });

  it.each([
    'A model of digits, trained for 12 epochs; run model.eval() before use.',
    'torch.onnx.export(model, x); self.execute(step) and retrieval(query)',
    'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAg==',
    '{"ss_tag_frequency": {"1_a": {"bash": 3, "script girl": 1}}, "ss_learning_rate": "0.0001"}',
    'pt', '',
    'Apache-2.0 | MIT',
  ])('is quiet about an ordinary text: %s', (text) => {
    expect(kinds(text)).toEqual([]);
  });

  it('tells of a text once a kind, whatever is in it, and shows little of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const found = odditiesOfText(`${text} os.system('x') os.system('y') ${text}`, 'p');
        expect(new Set(found.map(({ kind }) => kind)).size).toBe(found.length);
        for (const { detail } of found) expect(detail.length).toBeLessThan(700);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
