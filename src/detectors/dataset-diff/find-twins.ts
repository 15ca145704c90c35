import type { DatasetFacet, DatasetSample } from '../../model/dataset.ts';
import type { DetectContext } from '../detector.ts';
import type { Twin } from './compare-samples.ts';
import { partsOf } from './parts-of.ts';

/** Approved samples that have one part are looked at up to here: a part that more of them have says nothing. */
const MAX_SHARED_BY = 8;

/**
 * Looks for the parts of new samples among those of approved ones: quarters of an image or a series, runs of words of a text. Linear in
 * the number of samples.
 */
export async function findTwins(
  dataset: DatasetFacet,
  approved: DatasetFacet,
  isNew: (sample: DatasetSample) => boolean,
  sharedParts: number,
  { signal }: Pick<DetectContext, 'signal'>,
): Promise<readonly Twin[]> {
  const wanted = new Set<string>();
  const labels = new Map<string, number | undefined>();
  const partsByNew = new Map<string, readonly string[]>();
  for await (const sample of dataset.samples(signal)) {
    if (!isNew(sample)) continue;
    const parts = partsOf(sample.content);
    partsByNew.set(sample.id, parts);
    labels.set(sample.id, sample.label);
    for (const part of parts) wanted.add(part);
  }

  const owners = new Map<string, { id: string; label: number | undefined }[]>();
  for await (const { id, label, content } of approved.samples(signal)) {
    for (const part of new Set(partsOf(content))) {
      if (!wanted.has(part)) continue;
      const its = owners.get(part) ?? [];
      its.push({ id, label });
      owners.set(part, its);
    }
  }

  return [...partsByNew].flatMap(([id, parts]): Twin[] => {
    const label = labels.get(id);
    const common = new Map<string, { twinLabel: number | undefined; shared: number }>();
    for (const part of parts) {
      const its = owners.get(part) ?? [];
      if (its.length > MAX_SHARED_BY) continue;
      for (const one of its) common.set(one.id, { twinLabel: one.label, shared: (common.get(one.id)?.shared ?? 0) + 1 });
    }
    const [best] = [...common].sort((left, right) => right[1].shared - left[1].shared || (left[0] < right[0] ? -1 : 1));
    if (best === undefined || best[1].twinLabel === label) return [];
    const share = best[1].shared / parts.length;
    return share < sharedParts ? [] : [{ id, label, twin: best[0], twinLabel: best[1].twinLabel, share }];
  });
}
