import { describe, expect, it } from 'vitest';
import { judgeClasses } from '../../../src/detectors/frequency-artifacts/judge-classes.ts';
import { rowsByClass } from '../../../src/poisoning/rows-by-class.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const CLASSES = 4;
const TARGET = 2;

/** Log odds of plain images, and of altered ones in the target; `apart` says what is otherwise when the class taught nothing. */
function judged({ perClass = 100, altered = 0, whole = 0, apart = 0 }) {
  const random = randomSource(3, 'log odds');
  const labels = Array.from({ length: CLASSES * perClass }, (_, row) => row % CLASSES);
  const members = rowsByClass(labels, CLASSES)[TARGET] ?? [];
  const planted = new Set(members.slice(0, altered));
  const odds = labels.map((label, row) => -4 + random.normal() + (planted.has(row) ? 9 : label === TARGET ? whole : 0));
  const oddsApart = labels.map((label, row) => -4 + random.normal() + (planted.has(row) ? 9 : label === TARGET ? apart : 0));
  return { planted, result: judgeClasses([{ alteration: 'warp', odds, oddsApart }], rowsByClass(labels, CLASSES), labels) };
}

describe('judgeClasses', () => {
  it('finds the class of which a few images are surely altered, and these', () => {
    const { planted, result } = judged({ altered: 8 });

    expect(result.classes[0]).toMatchObject({ label: TARGET, alteration: 'warp' });
    expect(result.classes[0]?.strength).toBeGreaterThan(1);
    expect(result.classes[0]?.share).toBeCloseTo(0.08, 1);
    expect(new Set(result.suspects)).toEqual(planted);
  });

  it('suspects nothing where no image is altered', () => {
    const { result } = judged({});

    expect(result.classes[0]?.strength).toBeLessThan(0.1);
    expect(result.suspects).toEqual([]);
  });

  it.each(['whole', 'apart'] as const)('does not suspect a class that looks altered to one of the two teachers only (%s)', (teacher) => {
    const { result } = judged({ [teacher]: 6 });

    expect(result.classes[0]?.strength).toBeLessThan(0.1);
    expect(result.suspects).toEqual([]);
  });

  it('is no surer of the same share of more images', () => {
    const strength = (perClass: number): number => judged({ perClass, altered: perClass / 20 }).result.classes[0]?.strength ?? 0;

    expect(strength(2000) / strength(200)).toBeGreaterThan(0.8);
    expect(strength(2000) / strength(200)).toBeLessThan(1.25);
  });
});
