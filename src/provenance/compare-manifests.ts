import type { SampleLine } from '../artifacts/samples-root.ts';

export interface SampleChange {
  readonly id: string;
  readonly before?: string | null;
  readonly after?: string | null;
}

/** What one version of a dataset has that another has not; ids in the order of the version that has them. */
export interface ManifestDiff {
  readonly added: readonly SampleChange[];
  readonly removed: readonly SampleChange[];
  /** Same id, other content. */
  readonly changed: readonly SampleChange[];
  /** Same content, other label; under its own id, or under another one where records moved. */
  readonly relabelled: readonly SampleChange[];
  /** Same content and label under another id, as when a row is put in front of others. */
  readonly moved: number;
  readonly unchanged: number;
}

/**
 * Compares the samples of two versions, each once. Records of a table are numbered, so a row that is put in front moves all others: what
 * has the same content is followed to its new id before anything counts as removed and added.
 */
export function compareManifests(before: readonly SampleLine[], after: readonly SampleLine[]): ManifestDiff {
  const old = new Map(before.map((one) => [one[0], one]));
  const relabelled: SampleChange[] = [];
  let unchanged = 0;
  const unmatched: SampleLine[] = [];
  for (const sample of after) {
    const [id, label, digest] = sample;
    const earlier = old.get(id);
    if (earlier === undefined || earlier[2] !== digest) {
      unmatched.push(sample);
      continue;
    }
    old.delete(id);
    if (earlier[1] === label) unchanged += 1;
    else relabelled.push({ id, before: earlier[1], after: label });
  }

  const added: SampleChange[] = [];
  const changed: SampleChange[] = [];
  // The same label first: where two records have one content, the one that kept its label is the one that moved.
  const [kept, others] = follow(unmatched, old, ([, label, digest]) => JSON.stringify([label, digest]));
  const [turned, fresh] = follow(others, old, ([, , digest]) => digest);
  for (const { sample, earlier } of turned) relabelled.push({ id: sample[0], before: earlier[1], after: sample[1] });
  for (const [id, label] of fresh) {
    const earlier = old.get(id);
    if (earlier === undefined) added.push({ id, after: label });
    else changed.push({ id, before: earlier[1], after: label });
    old.delete(id);
  }
  const removed = [...old.values()].map(([id, label]): SampleChange => ({ id, before: label }));
  return { added, removed, changed, relabelled, moved: kept.length, unchanged };
}


/** Pairs samples with the earlier ones of the same key, each once, and takes those out of `old`; and the samples left over. */
function follow(
  samples: readonly SampleLine[],
  old: Map<string, SampleLine>,
  keyOf: (sample: SampleLine) => string,
): [{ readonly sample: SampleLine; readonly earlier: SampleLine }[], SampleLine[]] {
  const byKey = new Map<string, SampleLine[]>();
  for (const one of [...old.values()].reverse()) {
    const twins = byKey.get(keyOf(one));
    if (twins === undefined) byKey.set(keyOf(one), [one]);
    else twins.push(one);
  }
  const pairs: { sample: SampleLine; earlier: SampleLine }[] = [];
  const left: SampleLine[] = [];
  for (const sample of samples) {
    const earlier = byKey.get(keyOf(sample))?.pop();
    if (earlier === undefined) left.push(sample);
    else pairs.push({ sample, earlier });
  }
  for (const { earlier } of pairs) old.delete(earlier[0]);
  return [pairs, left];
}
