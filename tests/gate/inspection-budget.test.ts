import { describe, expect, it } from 'vitest';
import { datasetSeconds, withTimeForData } from '../../src/gate/inspection-budget.ts';
import type { ResolvedDetector } from '../../src/policy/policy.ts';

const detector = (id: string, more: Partial<ResolvedDetector> = {}): ResolvedDetector => ({ id, required: false, options: {}, threshold: undefined, timeoutSeconds: 120, ...more });
const detectors = [detector('chosen', { timeoutSeconds: 7 }), detector('grows', { growsWithData: true })];
const dataset = (size: number) => ({ size, list: [] });

describe('withTimeForData', () => {
  it('gives a detector more time for more data, and one whose time the policy names no more than that', () => {
    const [chosen, grows] = withTimeForData(detectors, dataset(300 * 2 ** 20));

    expect(chosen?.timeoutSeconds).toBe(7);
    expect(grows?.timeoutSeconds).toBe(120 + 600);
  });

  it('adds next to nothing for a small dataset, and hours but no days for a huge one', () => {
    expect(withTimeForData(detectors, dataset(1000))[1]?.timeoutSeconds).toBeLessThanOrEqual(121);
    expect(withTimeForData(detectors, dataset(2 ** 50))[1]?.timeoutSeconds).toBeLessThanOrEqual(6 * 3600);
  });

  it('leaves room for all detectors in the time of the dataset', () => {
    const timed = withTimeForData(detectors, dataset(2 ** 30));
    const all = timed.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0);

    expect(datasetSeconds(dataset(2 ** 30), timed)).toBeGreaterThan(all);
  });
});
