import type { Digest } from '../artifacts/artifact.ts';
import { compileGlobs } from '../artifacts/compile-globs.ts';
import type { DatasetFile } from '../artifacts/dataset-files.ts';
import type { Provenance } from '../report.ts';
import { compareManifests } from './compare-manifests.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import { manifestRoots } from './manifest-roots.ts';
import { matchesSource, sourceText } from './matches-source.ts';
import { observeDatasetSource } from './observe-dataset-source.ts';

export interface DatasetSourceQuery {
  /** As reported. */
  readonly path: string;
  readonly files: readonly Pick<DatasetFile, 'path' | 'digest' | 'size'>[];
  /** Merkle root of `files`. */
  readonly root: Digest;
  /** What the manifest is called in messages. */
  readonly manifestName: string;
  /** The manifest in force: in a pull request that of the base commit. */
  readonly manifest: DatasetManifest | undefined;
  /** The manifest on disk, where it is another one. */
  readonly proposed: DatasetManifest | undefined;
  readonly requireLocked: boolean;
  readonly requireSources: boolean;
  readonly allowedSources: readonly string[];
  /** Share of the approved samples whose label may change. */
  readonly maxRelabelledShare: number;
}

type Observation = Provenance['observations'][number];

/** A manifest without a limit lets one label in a hundred be corrected in one change. */
export const DEFAULT_MAX_RELABELLED_SHARE = 0.01;

/**
 * Compares a dataset's files with its manifest. Pure. The manifest in force decides; one that the change under test brings is
 * checked to be true of the files and of itself, so that its diff can be believed, and approves nothing before it is merged.
 */
export function checkDatasetSource(query: DatasetSourceQuery): Provenance {
  const { manifest, proposed } = query;
  const contradictions = [manifest, proposed].flatMap((one) => (one === undefined ? [] : contradictionsOf(one, query)));
  if (manifest === undefined) return withoutManifest(query, contradictions);

  const isApproved = manifest.root.files === query.root && manifestRoots(manifest).files === query.root;
  const change = isApproved ? [] : changeOf(query, manifest);
  const judged = isApproved || !fits(proposed, query) ? manifest : proposed;
  const observations = [
    ...contradictions,
    ...change,
    ...(proposed === undefined ? [] : relabelledOf(query, manifest, proposed)),
    ...(proposed === undefined ? [] : sourceChange(query, manifest, proposed)),
    ...sourcesOf(query, judged ?? manifest),
  ];
  const { source, approvedBy, approvedAt } = manifest;
  return {
    outcome: observations.length === 0 ? 'clear' : 'flagged',
    text: observations[0]?.text ?? `${query.path} is the approved dataset: all ${String(query.files.length)} files are the manifest’s.`,
    observations,
    ...(source === undefined ? {} : { source: sourceText(source) }),
    // An approval speaks for the files it was given for, not for these.
    ...(approvedBy === undefined || !isApproved ? {} : { approvedBy }),
    ...(approvedAt === undefined || !isApproved ? {} : { approvedAt }),
  };
}

function withoutManifest(query: DatasetSourceQuery, contradictions: readonly Observation[]): Provenance {
  const { path, manifestName, proposed } = query;
  const missing = query.requireLocked ? [observeDatasetSource('no-manifest', { path, manifest: manifestName })] : [];
  const ofProposed = proposed === undefined ? [] : [...(fits(proposed, query) ? [] : [mismatch(query, proposed)]), ...sourcesOf(query, proposed)];
  const seen = [...contradictions, ...ofProposed];
  // As for a file without a lockfile: nobody approved it, and nothing speaks against it.
  if (seen.length === 0 && missing.length > 0) return { outcome: 'not-applicable', text: missing[0]?.text ?? '', observations: missing };
  const observations = [...seen, ...missing];
  if (observations.length > 0) return { outcome: 'flagged', text: observations[0]?.text ?? '', observations };
  return { outcome: 'not-applicable', text: 'The policy asks for no manifest of this dataset, and there is none.', observations: [] };
}

function contradictionsOf(manifest: DatasetManifest, { manifestName }: DatasetSourceQuery): Observation[] {
  const actual = manifestRoots(manifest);
  return (['files', 'samples'] as const).flatMap((part) => {
    const root = actual[part];
    if (root === undefined || root === manifest.root[part]) return [];
    return [observeDatasetSource('contradictory-manifest', { manifest: manifestName, part, stated: manifest.root[part], actual: root })];
  });
}

function fits(proposed: DatasetManifest | undefined, { root }: DatasetSourceQuery): proposed is DatasetManifest {
  return proposed !== undefined && proposed.root.files === root && manifestRoots(proposed).files === root;
}

function changeOf(query: DatasetSourceQuery, manifest: DatasetManifest): Observation[] {
  const { proposed, path } = query;
  if (!fits(proposed, query)) return [mismatch(query, manifest)];
  const diff = manifest.samples === undefined || proposed.samples === undefined ? undefined : compareManifests(manifest.samples, proposed.samples);
  const summary = diff === undefined
    ? fileSummary(fileDiff(query.files, manifest))
    : `${String(diff.added.length)} samples added, ${String(diff.removed.length)} removed, ${String(diff.changed.length)} changed, ${String(diff.relabelled.length)} relabelled`;
  return [observeDatasetSource('proposed-change', { path, summary })];
}

interface FileDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

function fileDiff(files: DatasetSourceQuery['files'], manifest: DatasetManifest): FileDiff {
  const listed = new Map(manifest.files.map(([path, sha256]) => [path, sha256]));
  const added: string[] = [];
  const changed: string[] = [];
  for (const { path, digest } of files) {
    const sha256 = listed.get(path);
    if (sha256 === undefined) added.push(path);
    else if (`sha256:${sha256}` !== digest) changed.push(path);
    listed.delete(path);
  }
  return { added, removed: [...listed.keys()], changed };
}

function fileSummary({ added, removed, changed }: FileDiff): string {
  return `${String(added.length)} files added, ${String(removed.length)} removed, ${String(changed.length)} changed`;
}

function mismatch(query: DatasetSourceQuery, manifest: DatasetManifest): Observation {
  const { added, removed, changed } = fileDiff(query.files, manifest);
  const first = changed[0] ?? added[0] ?? removed[0] ?? 'a size or the root itself';
  return observeDatasetSource('content-mismatch', { path: query.path, added: added.length, removed: removed.length, changed: changed.length, first });
}

function relabelledOf({ path, maxRelabelledShare }: DatasetSourceQuery, { samples: before }: DatasetManifest, { samples: after }: DatasetManifest): Observation[] {
  if (before === undefined || after === undefined || before.length === 0) return [];
  const { relabelled } = compareManifests(before, after);
  const [first] = relabelled;
  if (first === undefined || relabelled.length <= maxRelabelledShare * before.length) return [];
  const percent = (share: number): string => String(Number((100 * share).toPrecision(3)));
  return [
    observeDatasetSource('relabelled', {
      path, count: relabelled.length, of: before.length, share: percent(relabelled.length / before.length), allowed: percent(maxRelabelledShare),
      first: first.id, before: first.before ?? 'no label', after: first.after ?? 'no label',
    }),
  ];
}

/** A revision or an address that changes while the old one was approved: what was swapped in comes from elsewhere. */
function sourceChange({ path }: DatasetSourceQuery, { source: before }: DatasetManifest, { source: after }: DatasetManifest): Observation[] {
  const [old, now] = [before, after].map((one) => (one === undefined ? 'none' : sourceText(one)));
  return old === now || before === undefined ? [] : [observeDatasetSource('source-changed', { path, before: old ?? '', after: now ?? '' })];
}

function sourcesOf(query: DatasetSourceQuery, manifest: DatasetManifest): Observation[] {
  const { path, files, requireSources, allowedSources, manifestName } = query;
  if (!requireSources && allowedSources.length === 0) return [];
  const parts = (manifest.sources ?? []).map(({ match, source }) => ({ isMeant: compileGlobs([match]), source }));
  const listed = new Set(manifest.files.map(([file]) => file));
  const without: string[] = [];
  const untrusted = new Map<string, string[]>();
  const verdicts = new Map<string, boolean>();
  for (const { path: file } of files) {
    // A manifest says nothing of files that it does not list.
    const source = listed.has(file) ? (parts.findLast(({ isMeant }) => isMeant(file))?.source ?? manifest.source) : undefined;
    if (source === undefined) {
      without.push(file);
      continue;
    }
    if (allowedSources.length === 0) continue;
    const text = sourceText(source);
    const isAllowed = verdicts.get(text) ?? matchesSource(source, allowedSources);
    verdicts.set(text, isAllowed);
    if (!isAllowed) {
      const its = untrusted.get(text) ?? [];
      its.push(file);
      untrusted.set(text, its);
    }
  }
  return [
    ...(without.length === 0 ? [] : [observeDatasetSource('no-source', { path, count: without.length, first: without[0] ?? '', manifest: manifestName })]),
    ...[...untrusted].map(([source, its]) =>
      observeDatasetSource('untrusted-source', { path, count: its.length, first: its[0] ?? '', source, allowed: allowedSources.join(', ') }),
    ),
  ];
}
