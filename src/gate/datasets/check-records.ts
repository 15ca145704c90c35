import type { DatasetFiles } from '../../artifacts/dataset-files.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import type { Provenance } from '../../report.ts';
import type { CollectedDataset } from './collect-datasets.ts';

/** What others recorded of the files: Croissant, DVC, downloads, Git LFS. */
export async function checkRecords(_dataset: CollectedDataset, _files: DatasetFiles, _manifest: DatasetManifest | undefined, _root: string, _signal: AbortSignal): Promise<Provenance['observations']> {
  return [];
}
