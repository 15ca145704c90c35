import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merkleRoot } from '../../src/artifacts/merkle-tree.ts';

/** RFC 6962, section 2.1, as it is written there: recursive, with the largest power of two below the count. */
function byTheBook(leaves: readonly string[]): Buffer {
  const hash = (...parts: readonly (Buffer | string)[]): Buffer => parts.reduce<ReturnType<typeof createHash>>((sum, part) => sum.update(part), createHash('sha256')).digest();
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return hash(Buffer.from([0]), leaves[0] ?? '');
  let half = 1;
  while (2 * half < leaves.length) half *= 2;
  return hash(Buffer.from([1]), byTheBook(leaves.slice(0, half)), byTheBook(leaves.slice(half)));
}

describe('merkleRoot', () => {
  it('is the tree of RFC 6962 for any number of leaves', () => {
    fc.assert(fc.property(fc.array(fc.string(), { maxLength: 40 }), (leaves) => {
      expect(merkleRoot(leaves)).toBe(`sha256:${byTheBook(leaves).toString('hex')}`);
    }));
  });

  it('changes with every leaf, with their order and with their number', () => {
    const roots = [['a', 'b', 'c'], ['a', 'b', 'd'], ['b', 'a', 'c'], ['a', 'b'], ['a', 'b', 'c', 'c'], ['ab', 'c'], []].map((leaves) => merkleRoot(leaves));

    expect(new Set(roots).size).toBe(roots.length);
  });
});
