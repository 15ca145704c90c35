import type { Digest } from '../artifacts/artifact.ts';
import { filesRoot } from '../artifacts/dataset-files.ts';
import { merkleRoot } from '../artifacts/merkle-tree.ts';
import type { DatasetManifest } from './dataset-manifest.ts';

/** The roots that a manifest's own lines have; that of the samples is undefined where none are listed. */
export function manifestRoots({ files, samples }: Pick<DatasetManifest, 'files' | 'samples'>): { readonly files: Digest; readonly samples: Digest | undefined } {
  return {
    files: filesRoot(files.map(([path, sha256, size]) => ({ path, digest: `sha256:${sha256}`, size }))),
    samples: samples === undefined ? undefined : merkleRoot(samples.map((one) => JSON.stringify(one))),
  };
}
