import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { pmml } from '../../src/formats/pmml.ts';
import { readBytes } from '../support/read-code.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(pmml);

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('pmml', () => {
  it('is recognized by its root element, under any name', async () => {
    expect((await readBytes(encode('<?xml version="1.0"?><PMML version="4.4"/>'), 'model.onnx')).format).toBe('pmml');
    expect(pmml.match(encode('<html><p>no PMML</p></html>'), 'model.pmml')).toBeUndefined();
  });

  it('replaces no entity but those of XML, so that nothing grows and nothing is read', async () => {
    const bomb = `<!DOCTYPE PMML [<!ENTITY a "${'a'.repeat(1000)}">]><PMML version="&a;">${'&a;'.repeat(1000)}</PMML>`;

    expect((await readBytes(encode(bomb), 'm.pmml', pmml)).notes).toEqual(['PMML &a;, 1 elements.']);
  });

  it('gives a model or an error for any text, and takes time in proportion to its length', async () => {
    const part = fc.constantFrom('<a>', '</a>', '<a/>', '<a b="c">', '<!--', '-->', '<![CDATA[', ']]>', '<?x ?>', '<!DOCTYPE x [', ']>', '"', '&lt;', '&#x41;', 'text', ' ');
    await fc.assert(fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      const model = await readBytes(encode(`<PMML>${parts.join('')}</PMML>`), 'm.pmml', pmml).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
    }), { seed: 6, numRuns: 500 });
    await expect(readBytes(encode(`<PMML>${'<a>'.repeat(100_000)}`), 'm.pmml', pmml)).rejects.toMatchObject({ code: 'format/limit-exceeded' });
  });
});
