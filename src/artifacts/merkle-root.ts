import { createHash } from 'node:crypto';
import type { Digest } from './artifact.ts';

/** Leaves and inner nodes are hashed with different first bytes, so that no leaf can pass for a node (RFC 6962, section 2.1). */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/**
 * The Merkle root of some texts in their order: SHA-256, the tree of RFC 6962. Takes them one by one and keeps one digest a
 * level, so a million files need no list of hashes. Of no texts at all it is the digest of nothing.
 */
export function merkleRoot(leaves: Iterable<string>): Digest {
  /** Roots of complete trees, the largest first: one for each binary digit of the count that is 1. */
  const roots: { readonly height: number; readonly hash: Buffer }[] = [];
  for (const leaf of leaves) {
    let height = 0;
    let hash: Buffer = createHash('sha256').update(LEAF).update(leaf, 'utf8').digest();
    for (let last = roots.at(-1); last?.height === height; last = roots.at(-1)) {
      roots.pop();
      hash = joined(last.hash, hash);
      height += 1;
    }
    roots.push({ height, hash });
  }
  const root = roots.reduceRight<Buffer | undefined>((right, { hash }) => (right === undefined ? hash : joined(hash, right)), undefined);
  return `sha256:${(root ?? createHash('sha256').digest()).toString('hex')}`;
}

function joined(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}
