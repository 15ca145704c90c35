import { describe, expect, it } from 'vitest';
import { crossFittedRidge } from '../../../src/detectors/series-shapes/cross-fitted-ridge.ts';

const X = Float32Array.from([0.13, -0.13, 0.64, 0.1, -0.54, 0.36, 1.3, 0.95, -0.7, -1.27, -0.62, 0.04, -2.33, -0.22, -1.25, -0.73]);
const request = { x: X, width: 2, labels: [0, 1, 0, 1, 1, 0, 1, 0], folds: [0, 0, 0, 0, 1, 1, 1, 1], foldCount: 2, classCount: 2, ridges: [0.1], views: [{ from: 0, to: 2 }] };

function scoresOf(changed: Partial<typeof request> = {}): readonly number[][] {
  const [classifier] = crossFittedRidge({ ...request, ...changed });
  return request.folds.map((fold, row) => {
    const scores = new Float64Array(2);
    classifier?.score(X, 2 * row, fold, scores);
    return Array.from(scores);
  });
}

describe('crossFittedRidge', () => {
  it('gives what numpy.linalg.solve gives for each fold', () => {
    const recorded = [[1.08551, -0.085511], [1.333225, -0.333227], [1.053528, -0.053529], [1.858413, -0.858415], [1.209386, -0.209387], [1.031, -0.031], [1.91376, -0.913761], [1.427443, -0.427443]];

    for (const [row, scores] of scoresOf().entries()) for (const [label, score] of scores.entries()) expect(score).toBeCloseTo(recorded[row]?.[label] ?? NaN, 4);
  });

  it('does not learn from the sample it is asked about, nor from one without a fold', () => {
    const [before] = scoresOf();
    const [relabelled] = scoresOf({ labels: [1, 1, 0, 1, 1, 0, 1, 0] });
    const [, , , , , , , last] = scoresOf({ folds: [-1, 0, 0, 0, 1, 1, 1, 1] });
    const [, , , , , , , other] = scoresOf({ folds: [-1, 0, 0, 0, 1, 1, 1, 1], labels: [1, 1, 0, 1, 1, 0, 1, 0] });

    expect(relabelled).toEqual(before);
    expect(last).toEqual(other);
  });

  it('takes the ridge that fits the first fold best', () => {
    expect(crossFittedRidge({ ...request, ridges: [1e6, 0.001] })[0]?.ridge).toBe(1e6);
    expect(crossFittedRidge({ ...request, ridges: [0.1] })[0]?.ridge).toBe(0.1);
  });
});
