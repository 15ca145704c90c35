import { describe, expect, it } from 'vitest';
import { normalCdf, Z_95 } from '../../src/statistics/normal.ts';

describe('normalCdf', () => {
  it('gives what Python’s math.erfc gives, far tail included', () => {
    const recorded = [
      [-8, 6.220960574271819e-16], [-3, 0.0013498980316300957], [-1.5, 0.06680720126885809], [-0.2, 0.420740290560897],
      [0, 0.5], [0.2, 0.579259709439103], [1, 0.8413447460685429], [4, 0.9999683287581669],
    ] as const;

    for (const [x, expected] of recorded) expect(normalCdf(x) / expected).toBeCloseTo(1, 6);
  });

  it('puts 2.5 % above Z_95', () => {
    expect(normalCdf(-Z_95)).toBeCloseTo(0.025, 6);
  });
});
