import { describe, expect, it } from 'vitest';
import { agreedTarget, type Voice } from '../../../src/detectors/backdoor/agreed-target.ts';

const voice = (targetClass: number | undefined, surprise: number, ground?: string): Voice => ({ targetClass, surprise, ...(ground === undefined ? {} : { ground }) });

describe('the class that the evidence agrees on', () => {
  it('is the one with the largest sum, not the one with the single most surprising kind', () => {
    const parts = [voice(3, 2), voice(7, 1.5), voice(7, 1)];

    expect(agreedTarget(parts)).toEqual({ targetClass: 7, counted: [parts[1], parts[2]] });
  });

  it('is none where a change that moves each class elsewhere outweighs every class', () => {
    expect(agreedTarget([voice(undefined, 3), voice(1, 1), voice(2, 2.5)])).toMatchObject({ targetClass: undefined, counted: [{ surprise: 3 }] });
  });

  it('counts only the most surprising kind of one ground, whatever the order', () => {
    const parts = [voice(8, 1, 'odd inputs'), voice(8, 2.5, 'odd inputs'), voice(8, 0.5), voice(2, 2.8)];

    expect(agreedTarget(parts)).toEqual({ targetClass: 8, counted: [parts[1], parts[2]] });
  });

  it('does not count kinds that are as usual', () => {
    expect(agreedTarget([voice(4, 0)])).toEqual({ targetClass: undefined, counted: [] });
  });
});
