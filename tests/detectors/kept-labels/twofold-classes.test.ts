import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twofoldClasses } from '../../../src/detectors/kept-labels/twofold-classes.ts';
import { memoryDataset } from '../../support/memory-dataset.ts';

const dataset = memoryDataset([], ['a', 'b']);

/** Two classes, by the shares that each sample keeps. */
function judge(a: readonly number[], b: readonly number[], threshold = 0.1) {
  const kept = [...a, ...b];
  const asked = { ids: kept.map((_, at) => String(at)), labels: [...a.map(() => 0), ...b.map(() => 1)], kept, leftOut: 0 };
  return twofoldClasses({ asked, dataset, classCount: 2, threshold, message: 'm', reason: 'r' });
}

const times = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value);

describe('twofoldClasses', () => {
  it('is twice the share kept times the share lost', () => {
    const detection = judge([...times(10, 1), ...times(30, 0)], times(40, 0));

    expect(detection).toMatchObject({ outcome: 'measured', metric: 2 * 0.25 * 0.75, observations: [{ location: { targetClass: 0 }, data: { count: 10, share: '25.0 %', lost: '75.0 %' } }] });
  });

  it('is nothing for classes that only keep, or only lose, their label', () => {
    expect(judge(times(40, 1), times(40, 0))).toMatchObject({ metric: 0 });
  });

  it('suspects those samples of flagged classes that keep their label everywhere, and no other', () => {
    const detection = judge([...times(10, 1), ...times(5, 0.9), ...times(25, 0)], times(40, 0));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.sampleScores?.suspects.map(({ index }) => index)).toEqual(times(10, 0).map((_, at) => at));
  });

  it('could not tell with fewer than two classes of 20', () => {
    expect(judge(times(40, 1), times(19, 0))).toMatchObject({ outcome: 'inconclusive' });
  });

  it('lies between 0 and 1 and does not depend on the order of the samples', () => {
    const shares = fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: 20, maxLength: 40 });
    fc.assert(
      fc.property(shares, shares, (a, b) => {
        const [one, two] = [judge(a, b), judge([...a].reverse(), [...b].reverse())];
        if (one.outcome !== 'measured' || two.outcome !== 'measured') throw new Error('not measured');
        expect(one.metric).toBeGreaterThanOrEqual(0);
        expect(one.metric).toBeLessThanOrEqual(1);
        expect(two.metric).toBe(one.metric);
      }),
    );
  });
});
