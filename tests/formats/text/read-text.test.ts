import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { readText } from '../../../src/formats/text/read-text.ts';

const read = (bytes: Uint8Array, most = 1_000_000) => readText({ path: 'a.txt', digest: `sha256:${'0'.repeat(64)}`, bytes: memorySource(bytes) }, most);

describe('a file as text', () => {
  it('gives for each place in the text the one in the bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('a', 'ä', '€', '𝄞', '\n'), { maxLength: 50 }), async (letters) => {
      const { text, offsetOf } = await read(new TextEncoder().encode(letters.join('')));
      let at = 0;
      let bytes = 0;
      for (const letter of letters) {
        expect(offsetOf(at)).toBe(bytes);
        at += letter.length;
        bytes += Buffer.byteLength(letter);
      }
      expect(text).toBe(letters.join(''));
    }), { seed: 11 });
  });

  it('of many characters gives the same in any order of asking', async () => {
    const { offsetOf } = await read(new TextEncoder().encode('ä'.repeat(200_000)));

    expect([199_999, 3, 131_072, 65_535].map(offsetOf)).toEqual([399_998, 6, 262_144, 131_070]);
  });

  it('that is too long or no UTF-8 is refused', async () => {
    await expect(read(new Uint8Array(11), 10)).rejects.toMatchObject({ code: 'format/limit-exceeded' });
    await expect(read(Uint8Array.from([0x61, 0xff]))).rejects.toMatchObject({ code: 'format/malformed' });
  });
});
