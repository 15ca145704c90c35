import type { ArtifactEvidence } from '../evidence.ts';

/** Whether a row is that of a dataset, also of one that could not be read. */
export function isDataset({ format, dataset }: Pick<ArtifactEvidence, 'format' | 'dataset'>): boolean {
  return dataset !== undefined || format?.startsWith('dataset/') === true;
}
