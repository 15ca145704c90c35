import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/policy/nearest.ts';

describe('nearest', () => {
  const keys = ['version', 'extends', 'detectors', 'outcomes', 'rules', 'id', 'adversarial-testing'];

  it.each([
    ['extend', 'extends'],
    ['detectros', 'detectors'],
    ['OUTCOMES', 'outcomes'],
    ['rulse', 'rules'],
    ['ix', 'id'],
    ['adverserial-tasting', 'adversarial-testing'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearest(name, keys)).toBe(meant);
  });

  it.each(['thresholds', 'x', '', 'models'])('takes %j for nothing known', (name) => {
    expect(nearest(name, keys)).toBeUndefined();
  });

  it('answers with the first of two that are equally close', () => {
    expect(nearest('abcd', ['abce', 'abcf'])).toBe('abce');
    expect(nearest('abcd', ['abcf', 'abce'])).toBe('abcf');
  });

  it('finds a name from which one letter was taken away, and answers in bounded time for any name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,30}$/), fc.nat(), (name, at) => {
        const cut = at % name.length;
        return nearest(name.slice(0, cut) + name.slice(cut + 1), [name]) === name;
      }),
    );
    expect(nearest('x'.repeat(1_000_000), ['y'.repeat(1_000_000)])).toBeUndefined();
  });
});
