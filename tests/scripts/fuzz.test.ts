import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutate } from '../../fuzz/mutate.ts';
import { readArtifact } from '../../fuzz/read-artifact.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { randomSource } from '../../src/statistics/random.ts';

const FORMATS = path.resolve(import.meta.dirname, '../../fixtures/formats');

/** Changed copies of each fixture; the long search is `npm run fuzz`. */
const COPIES = 6;
/** Larger fixtures are few, and their faults are in the same places. */
const MAX_BYTES = 2 ** 15;

function fixturesOf(format: string): readonly Uint8Array[] {
  return ['accept', 'reject'].flatMap((side) =>
    readdirSync(path.join(FORMATS, format, side), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => new Uint8Array(readFileSync(path.join(FORMATS, format, side, entry.name))))
      .filter(({ length }) => length <= MAX_BYTES),
  );
}

describe('mutate', () => {
  it('gives the same changes for the same seed, never more bytes than allowed, and leaves its input alone', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), fc.integer({ min: 0, max: 400 }), (input, other, seed, most) => {
        const before = input.slice();
        const changed = mutate(input, other, most, randomSource(seed, 'mutate'));
        expect(changed.length).toBeLessThanOrEqual(most);
        expect(mutate(input, other, most, randomSource(seed, 'mutate'))).toEqual(changed);
        expect(input).toEqual(before);
      }),
      { seed: 1 },
    );
  });
});

describe('every format reader, and what looks at what it read', () => {
  it.each(formatReaders.map(({ meta }) => meta.id))('%s answers changed fixtures with a model or a GateError', async (format) => {
    const random = randomSource(1, `mutations/${format}`);
    const fixtures = fixturesOf(format);
    for (const fixture of fixtures) {
      for (let copy = 0; copy < COPIES; copy += 1) {
        const other = fixtures[random.integer(fixtures.length)] as Uint8Array;
        await readArtifact(mutate(fixture, other, 2 * MAX_BYTES, random), format);
      }
    }
    expect(fixtures.length).toBeGreaterThan(0);
  });

  it('does not call a fault of the program a bad file', async () => {
    await expect(readArtifact(new Uint8Array(8), 'no-such-format')).rejects.toThrow('no-such-format');
  });
});
