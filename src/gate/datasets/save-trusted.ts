import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isInside } from '../../artifacts/is-inside.ts';
import type { GateRequest } from '../../gate-request.ts';
import type { TrustedVersion } from '../../inspection/inspection.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import type { CollectedDataset } from './collect-datasets.ts';

/** Earlier versions that are taken out of git for one dataset: each costs a run of git. */
const MAX_SAVED_FILES = 10_000;

/**
 * Writes the approved version of a dataset to where the inspection can read it: the samples of the manifest in force, or, without a
 * manifest, the earlier versions of the files that the change touches. Undefined where nothing is known of an earlier version.
 */
export async function saveTrusted(dataset: CollectedDataset, manifest: DatasetManifest | undefined, isFolder: boolean, request: GateRequest, folder: string): Promise<TrustedVersion | undefined> {
  if (manifest?.samples !== undefined) {
    const file = path.join(folder, 'approved-samples.jsonl');
    await writeFile(file, manifest.samples.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const by = manifest.approvedBy === undefined ? '' : `, approved by ${manifest.approvedBy}`;
    return { kind: 'manifest', file, description: `the version that its manifest lists (${manifest.root.files.slice('sha256:'.length, 'sha256:'.length + 12)}${by})` };
  }
  const { earlier } = request;
  if (earlier?.commit === undefined || dataset.changes === undefined) return undefined;
  const base = isFolder ? dataset.path : path.posix.dirname(dataset.path);
  const inside = (file: string): string | undefined => {
    const relative = base === '.' ? file : path.posix.relative(base, file);
    return relative.startsWith('../') || (!isFolder && file !== dataset.path) ? undefined : relative;
  };
  const touched = [...new Set(dataset.changes.flatMap((one) => [one.path, one.previousPath ?? one.path]))].flatMap((file) => {
    const relative = inside(file);
    return relative === undefined ? [] : [{ file, relative }];
  });
  if (touched.length > MAX_SAVED_FILES) return undefined;
  const saved = path.join(folder, 'before');
  await mkdir(saved);
  for (const { file, relative } of touched) {
    const to = path.join(saved, relative);
    if (!isInside(saved, to)) continue;
    await mkdir(path.dirname(to), { recursive: true });
    await earlier.save(file, to);
  }
  return { kind: 'before', touched: touched.map(({ relative }) => relative), folder: saved, description: `the version at commit ${earlier.commit.slice(0, 12)}, which the change starts from` };
}
