import { describe, expect, it } from 'vitest';
import { agreedTarget } from '../../../src/detectors/backdoor/agreed-target.ts';
import type { EvidencePart } from '../../../src/detectors/backdoor/combine-evidence.ts';

const part = (kind: string, targetClass: number | undefined, contribution: number): EvidencePart => ({ kind, detector: kind, value: 0, targetClass, surprise: contribution, contribution });

describe('the class that the evidence agrees on', () => {
  it('is the one with the largest sum, not the one with the single most surprising kind', () => {
    const parts = [part('warp', 3, 2), part('mask', 7, 1.5), part('margin', 7, 1)];

    expect(agreedTarget(parts)).toEqual({ targetClass: 7, parts: [parts[1], parts[2]] });
  });

  it('is none where a change that moves each class elsewhere outweighs every class', () => {
    expect(agreedTarget([part('map', undefined, 3), part('mask', 1, 1), part('warp', 2, 2.5)]).targetClass).toBeUndefined();
  });

  it('does not count kinds that are as usual', () => {
    expect(agreedTarget([part('mask', 4, 0)])).toEqual({ targetClass: undefined, parts: [] });
  });
});
