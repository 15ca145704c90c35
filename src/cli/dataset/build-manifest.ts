import { merkleRoot } from '../../artifacts/merkle-tree.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import type { LockEntry } from '../../provenance/lockfile.ts';
import type { ReadDataset } from './read-dataset.ts';

/** Their lines fit a manifest (MAX_MANIFEST_BYTES) beside those of as many files; beyond them nobody reviews lines, and the root still covers every sample. */
const MAX_LISTED_SAMPLES = 250_000;

export interface ManifestFacts {
  readonly source?: LockEntry['source'];
  /** Glob of the files that `source` is about; all where it is absent. */
  readonly match?: string;
  readonly licence?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly listsSamples: boolean;
}

/**
 * The manifest of a dataset as it is. Sources and licence of the earlier manifest stay unless new ones are given; an approval does not
 * outlive the files and samples it was given for.
 */
export function buildManifest({ files, format, summary, samples }: ReadDataset, facts: ManifestFacts, earlier: DatasetManifest | undefined): DatasetManifest {
  const root = { files: files.root, samples: merkleRoot(samples.map((one) => JSON.stringify(one))) };
  const isSame = earlier !== undefined && earlier.root.files === root.files && earlier.root.samples === root.samples;
  const isWhole = facts.match === undefined;
  const source = (isWhole ? facts.source : undefined) ?? earlier?.source;
  const licence = (isWhole ? facts.licence : undefined) ?? earlier?.licence;
  const sources = sourcesOf(facts, earlier);
  const isApproved = facts.approvedBy !== undefined || facts.approvedAt !== undefined;
  const approval = isApproved || !isSame ? facts : earlier;
  return {
    version: 1,
    format,
    root,
    counts: { files: files.list.length, samples: samples.length, unlabelled: samples.filter(([, label]) => label === null).length, broken: summary.brokenCount },
    labels: labelCounts(samples),
    ...(source === undefined ? {} : { source }),
    ...(licence === undefined ? {} : { licence }),
    ...(sources.length === 0 ? {} : { sources: [...sources] }),
    ...(approval?.approvedBy === undefined ? {} : { approvedBy: approval.approvedBy }),
    ...(approval?.approvedAt === undefined ? {} : { approvedAt: approval.approvedAt }),
    files: files.list.map(({ path, digest, size }) => [path, digest.slice('sha256:'.length), size]),
    ...(facts.listsSamples && samples.length <= MAX_LISTED_SAMPLES ? { samples: samples.map(([id, label, digest]): [string, string | null, string] => [id, label, digest]) } : {}),
  };
}

/** Samples a label; labels in the order of code points. */
function labelCounts(samples: ReadDataset['samples']): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [, label] of samples) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function sourcesOf({ match, source, licence }: ManifestFacts, earlier: DatasetManifest | undefined): NonNullable<DatasetManifest['sources']> {
  const kept = earlier?.sources ?? [];
  if (match === undefined || source === undefined) return kept;
  return [...kept.filter((one) => one.match !== match), { match, source, ...(licence === undefined ? {} : { licence }) }];
}
