import { describe, expect, it } from 'vitest';
import { selectiveLowEntropy } from '../../../src/detectors/perturbation-entropy/selective-low-entropy.ts';

const inputs = (entropies: readonly number[], votes: readonly number[]) => entropies.map((entropy) => ({ entropy, votes: Uint32Array.from(votes) }));

describe('selectiveLowEntropy', () => {
  it('is one for inputs that are surer than all others and of one class, and zero for inputs like the others', () => {
    const reference = inputs([1, 2, 3], [4, 4, 4]);

    expect(selectiveLowEntropy(inputs([0, 0.1], [0, 12, 0]), reference, 1)?.value).toBe(1);
    expect(selectiveLowEntropy(reference, reference, 1)?.value).toBe(0);
  });

  it('is zero when only one of the two holds', () => {
    const surerOfManyClasses = selectiveLowEntropy(inputs([0, 0.1], [4, 4, 4]), inputs([1, 2], [4, 4, 4]), 1);
    const oneClassButUnsure = selectiveLowEntropy(inputs([3, 4], [0, 12, 0]), inputs([1, 2], [4, 4, 4]), 1);

    expect(surerOfManyClasses).toMatchObject({ value: 0, advantage: 1 });
    expect(oneClassButUnsure).toMatchObject({ value: 0, persistence: 1 });
  });

  it('does not count a class that all blends end in anyway', () => {
    expect(selectiveLowEntropy(inputs([0], [0, 12, 0]), inputs([1], [0, 12, 0]), 1)?.persistence).toBe(0);
  });

  it('is undefined without both sides', () => {
    expect(selectiveLowEntropy([], inputs([1], [1]), 0)).toBeUndefined();
    expect(selectiveLowEntropy(inputs([1], [1]), [], 0)).toBeUndefined();
  });
});
