import { compileGlobs } from '../../artifacts/compile-globs.ts';
import type { DatasetRequest } from '../../inspection/inspection.ts';
import type { DatasetBlock } from '../../policy/policy.ts';
import { DEFAULT_MAX_RELABELLED_SHARE } from '../../provenance/check-dataset-source.ts';
import { manifestPath } from '../../provenance/manifest-path.ts';

/** What the policy says of a dataset, with defaults. */
export interface DatasetSettingsInForce extends Omit<DatasetBlock, 'match'> {
  readonly manifest: string;
  readonly allowedSources: readonly string[] & string[];
  readonly requireLocked: boolean;
  readonly requireSources: boolean;
  readonly maxRelabelledShare: number;
}

/** All blocks that mean the dataset, later over earlier. */
export function datasetSettings(dataset: string, blocks: readonly DatasetBlock[]): DatasetSettingsInForce {
  const merged = blocks
    .filter(({ match }) => match.replace(/\/+$/, '') === dataset || compileGlobs([match.replace(/\/+$/, '')])(dataset))
    .reduce<Omit<DatasetBlock, 'match'>>((all, { match: _, ...one }) => ({ ...all, ...one }), {});
  const allowedSources = merged.allowedSources ?? [];
  return {
    ...merged,
    manifest: merged.manifest ?? manifestPath(dataset),
    allowedSources,
    requireLocked: merged.requireLocked ?? true,
    requireSources: merged.requireSources ?? allowedSources.length > 0,
    maxRelabelledShare: merged.maxRelabelledShare ?? DEFAULT_MAX_RELABELLED_SHARE,
  };
}

/** The part that says how the files are read. */
export function readingSettings({ format, delimiter, textColumn, labelColumn }: DatasetSettingsInForce): DatasetRequest['settings'] {
  return {
    ...(format === undefined ? {} : { format }), ...(delimiter === undefined ? {} : { delimiter }),
    ...(textColumn === undefined ? {} : { textColumn }), ...(labelColumn === undefined ? {} : { labelColumn }),
  };
}
