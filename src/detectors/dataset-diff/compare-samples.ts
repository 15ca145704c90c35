import type { DatasetFacet, TrustedDataset } from '../../model/dataset.ts';

export interface Relabelling {
  readonly id: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** A new sample that has parts of an approved one of another class. */
export interface Twin {
  readonly id: string;
  readonly label: number | undefined;
  readonly twin: string;
  readonly twinLabel: number | undefined;
  /** Of its parts; 1 for a copy. */
  readonly share: number;
}

export interface SampleDifference {
  /** Ids that the approved version does not have. */
  readonly added: ReadonlySet<string>;
  /** Ids whose content is another one. */
  readonly changed: ReadonlySet<string>;
  readonly removed: number;
  /** Approved contents under another label. */
  readonly relabelled: readonly Relabelling[];
  /** New samples with the very content of an approved one, under another label only. */
  readonly copies: readonly Twin[];
  /** Samples a class. */
  readonly newCounts: ReadonlyMap<number, number>;
  readonly approvedCounts: ReadonlyMap<number, number>;
  readonly keptCounts: ReadonlyMap<number, number>;
}

interface Sample {
  readonly id: string;
  readonly label: number | undefined;
  /** As far as a manifest keeps it. */
  readonly digest: string;
}

/**
 * One pass over a dataset beside its approved version. Records of tables are numbered, so a record that is not where it was is looked
 * for among those that are gone: a row put in front of others changes their numbers and nothing else.
 */
export async function compareSamples(dataset: DatasetFacet, { samples }: TrustedDataset, signal: AbortSignal): Promise<SampleDifference> {
  const approved = new Map([...samples].map(([id, { label, digest }]): [string, Sample] => [id, { id, label, digest: start(digest) }]));
  const gone = new Map(approved);
  const relabelled: Relabelling[] = [];
  const keptCounts = new Map<number, number>();
  const keep = ({ id, label }: Sample, before: number | undefined): void => {
    if (before === label) count(keptCounts, label);
    else relabelled.push({ id, before, after: label });
  };
  const others: Sample[] = [];
  for await (const { id, label, digest } of dataset.samples(signal)) {
    const sample = { id, label, digest: start(digest) };
    const same = approved.get(id);
    if (same?.digest !== sample.digest) {
      others.push(sample);
      continue;
    }
    gone.delete(id);
    keep(sample, same.label);
  }

  const left = byDigest(gone.values());
  const fresh = others.filter((sample) => {
    const moved = left.get(sample.digest)?.filter((one) => gone.has(one.id) && tableOf(one.id) !== undefined && tableOf(one.id) === tableOf(sample.id)) ?? [];
    const earlier = moved.find((one) => one.label === sample.label) ?? moved[0];
    if (earlier === undefined) return true;
    gone.delete(earlier.id);
    keep(sample, earlier.label);
    return false;
  });

  const known = byDigest(approved.values());
  const newCounts = new Map<number, number>();
  const approvedCounts = new Map<number, number>();
  for (const { label } of fresh) count(newCounts, label);
  for (const { label } of approved.values()) count(approvedCounts, label);
  const [added, changed] = [fresh.filter(({ id }) => !approved.has(id)), fresh.filter(({ id }) => approved.has(id))].map((all) => new Set(all.map(({ id }) => id)));
  return {
    added: added ?? new Set(), changed: changed ?? new Set(), relabelled, newCounts, approvedCounts, keptCounts,
    removed: [...gone.keys()].filter((id) => changed?.has(id) !== true).length,
    copies: fresh.flatMap(({ id, label, digest }): Twin[] => {
      const twins = known.get(digest) ?? [];
      const [first] = twins;
      return first === undefined || twins.some((one) => one.label === label) ? [] : [{ id, label, twin: first.id, twinLabel: first.label, share: 1 }];
    }),
  };
}

function byDigest(samples: Iterable<Sample>): ReadonlyMap<string, readonly Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const one of samples) {
    const its = groups.get(one.digest);
    if (its === undefined) groups.set(one.digest, [one]);
    else its.push(one);
  }
  return groups;
}

/** The table of a numbered record; a file under a new name is a new sample, whatever it is a copy of. */
function tableOf(id: string): string | undefined {
  return /^(.*)#\d+$/.exec(id)?.[1];
}

function count(counts: Map<number, number>, label: number | undefined): void {
  if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
}

/** What a manifest keeps of a digest. */
function start(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 32);
}
