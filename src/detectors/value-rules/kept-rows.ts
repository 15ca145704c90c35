import type { DatasetFacet } from '../../model/dataset.ts';
import type { LabeledRow } from './strange-carriers.ts';
import { lookedAt, valueToken, type RowValues } from './value-tokens.ts';

/** Values kept of all rows, evenly over the dataset, and rows kept of the carriers of one value: about 100 MB together (CWE-770). */
const MAX_KEPT_VALUES = 2 ** 22;
const MAX_KEPT_CARRIERS = 1024;

export interface KeptRows {
  /** Rows to learn from, by their place among the labelled ones. */
  readonly sample: ReadonlyMap<number, LabeledRow>;
  /** By value, the places of all rows that hold it and have its label, and the first of these rows. */
  readonly carriers: ReadonlyMap<string, { readonly places: readonly number[]; readonly rows: readonly RowValues[] }>;
  /** By value, the places of all rows that hold it. */
  readonly holders: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Rows to learn from, and those that hold one of some values, in one pass. Undefined when `goOn` said no. */
export async function keptRows(
  dataset: DatasetFacet, labelOf: ReadonlyMap<string, number>, { total, signal, goOn }: { readonly total: number; readonly signal: AbortSignal; goOn(done: number): boolean },
): Promise<KeptRows | undefined> {
  const sample = new Map<number, LabeledRow>();
  const carriers = new Map([...labelOf.keys()].map((token) => [token, { places: [] as number[], rows: [] as RowValues[] }]));
  const holders = new Map([...labelOf.keys()].map((token) => [token, new Set<number>()]));
  const stride = Math.max(1, Math.ceil((total * Math.max(1, dataset.columns.length)) / MAX_KEPT_VALUES));
  let place = 0;
  for await (const { label, content } of dataset.samples(signal)) {
    if (label === undefined || content.kind !== 'row') continue;
    if (place % 256 === 0 && !goOn(place)) return undefined;
    const values = lookedAt(content.values);
    if (place % stride === 0) sample.set(place, { values, label });
    for (const [column, value] of values.entries()) {
      const token = valueToken(value, column);
      holders.get(token)?.add(place);
      const mine = labelOf.get(token) === label ? carriers.get(token) : undefined;
      mine?.places.push(place);
      if (mine !== undefined && mine.rows.length < MAX_KEPT_CARRIERS) mine.rows.push(values);
    }
    place += 1;
  }
  return { sample, carriers, holders };
}
