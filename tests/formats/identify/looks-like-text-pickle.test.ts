import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeTextPickle } from '../../../src/formats/identify/looks-like-text-pickle.ts';

const looks = (text: string): boolean => looksLikeTextPickle(Buffer.from(text, 'latin1'));

describe('looksLikeTextPickle', () => {
  it.each(["cos\nsystem\n(S'x'\ntR.", "(lp0\ncbuiltins\nprint\np1\n(I1\ntR.", "(ibuiltins\nprint\n."])('is true of %j', (text) => expect(looks(text)).toBe(true));

  it.each(['cat\ndog\nbird\n', 'import\nos\n', 'class names\nof the model.\n', '', '.', 'I1\n.', 'c', '{"a": 1}'])('is false of %j', (text) => expect(looks(text)).toBe(false));

  it('never throws and is never true of lists of words', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 100 });

    fc.assert(fc.property(words, (list) => void expect(looks(`${list.join('\n')}\n`)).toBe(false)), { numRuns: 300, seed: 6 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void looksLikeTextPickle(bytes)), { numRuns: 300, seed: 6 });
  });
});
