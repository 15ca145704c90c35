import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeTextPickle } from '../../../src/formats/identify/looks-like-text-pickle.ts';

const looks = (text: string): boolean => looksLikeTextPickle(Buffer.from(text, 'latin1'));

describe('looksLikeTextPickle', () => {
  it.each(["cos\nsystem\n(S'x'\ntR.", "(lp0\ncbuiltins\nprint\np1\n(I1\ntR.", "(ibuiltins\nprint\n."])('is true of %j', (text) => expect(looks(text)).toBe(true));

  it.each(['cat\ndog\nbird\n', 'import\nos\n', 'class names\nof the model.\n', '', '.', 'I1\n.', 'c', '{"a": 1}'])('is false of %j', (text) => expect(looks(text)).toBe(false));

  it('is false of texts whose lines happen to begin with opcodes that a loader would refuse', () => {
    const lines = Array.from({ length: 400 }, (_, index) => `line ${String(index)}`).join('\n');

    expect(looks(lines)).toBe(false);
    expect(looks(Array.from({ length: 400 }, (_, index) => `link-${String(index)}`).join('\n'))).toBe(false);
    // The mark is there, but no module has a name with a blank in it.
    expect(looks(`(ine 0\nline 1\n.`)).toBe(false);
  });

  it('is true where a call stands before what a loader refuses: it has run by then', () => {
    expect(looks("cos\nsystem\n(S'x'\ntRl")).toBe(true);
    expect(looks("cos\nsystem\n(S'x'\ntRcnot a\nname\n.")).toBe(true);
  });

  it('never throws and is never true of lists of words', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 100 });

    fc.assert(fc.property(words, (list) => void expect(looks(`${list.join('\n')}\n`)).toBe(false)), { numRuns: 300, seed: 6 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void looksLikeTextPickle(bytes)), { numRuns: 300, seed: 6 });
  });
});
