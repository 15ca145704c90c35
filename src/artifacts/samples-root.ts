import type { Digest } from './artifact.ts';
import { merkleTree } from './merkle-tree.ts';

/** A sample as a manifest lists it: its id, the name of its class, and the first half of its digest's hexadecimal digits. */
export type SampleLine = readonly [id: string, label: string | null, digest: string];

/** Hexadecimal digits of a digest in a {@link SampleLine}: 128 bits tell a million samples apart, and make half a line. */
export const SAMPLE_DIGEST_DIGITS = 32;

/** The Merkle root of samples in the order in which they are read. */
export async function samplesRoot(samples: Iterable<SampleLine> | AsyncIterable<SampleLine>): Promise<Digest> {
  const tree = merkleTree();
  for await (const one of samples) tree.add(JSON.stringify(one));
  return tree.root();
}
