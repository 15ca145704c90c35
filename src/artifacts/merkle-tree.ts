import { createHash } from 'node:crypto';
import type { Digest } from './artifact.ts';

/** Leaves and inner nodes are hashed with different first bytes, so that no leaf can pass for a node (RFC 6962, section 2.1). */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export interface MerkleTree {
  add(leaf: string): void;
  root(): Digest;
}

/**
 * A Merkle tree over texts in their order: SHA-256, the tree of RFC 6962. Takes them one by one and keeps one digest a level, so a
 * million samples need no list of hashes. The root of no texts at all is the digest of nothing.
 */
export function merkleTree(): MerkleTree {
  /** Roots of complete trees, the largest first: one for each binary digit of the count that is 1. */
  const roots: { readonly height: number; readonly hash: Buffer }[] = [];
  return {
    add(leaf) {
      let height = 0;
      let hash: Buffer = createHash('sha256').update(LEAF).update(leaf, 'utf8').digest();
      for (let last = roots.at(-1); last?.height === height; last = roots.at(-1)) {
        roots.pop();
        hash = joined(last.hash, hash);
        height += 1;
      }
      roots.push({ height, hash });
    },
    root() {
      const top = roots.reduceRight<Buffer | undefined>((right, { hash }) => (right === undefined ? hash : joined(hash, right)), undefined);
      return `sha256:${(top ?? createHash('sha256').digest()).toString('hex')}`;
    },
  };
}

/** The root over texts that are all there. */
export function merkleRoot(leaves: Iterable<string>): Digest {
  const tree = merkleTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

function joined(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}
