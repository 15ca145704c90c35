import { anomalyIndexes, MINIMUM_VALUES_FOR_ANOMALY_INDEX } from '../statistics/anomaly-index.ts';
import { twoSubgroups, type Subgroups } from './two-subgroups.ts';
import { withinClassWhitening } from './within-class-whitening.ts';

/** A group smaller than this share of the class or than this many is an outlier, and not an identity. */
const SMALLEST_SHARE = 0.02;
const SMALLEST_GROUP = 5;

export interface ClassInTwo {
  readonly label: number;
  readonly groups: Subgroups;
  /** Anomaly index, upwards, of the likelihood gained by the split among all classes. */
  readonly index: number;
}

/**
 * Splits every class in two where that explains it best, in a space where classes vary alike, and compares how much each gains by it (Tang et al., SCAn,
 * USENIX Security 2021, arXiv:1908.00686, sections 4.2 and 4.3); `trimmedShare` is that of {@link withinClassWhitening}. A sentence that says why where they cannot be compared.
 */
export function classesInTwo(
  table: Float32Array,
  width: number,
  classes: readonly { readonly label: number; readonly rows: readonly number[] }[],
  goOn: (share: number) => boolean,
  trimmedShare?: number,
): readonly ClassInTwo[] | string {
  if (classes.length < MINIMUM_VALUES_FOR_ANOMALY_INDEX) return `${String(classes.length)} classes are too few to compare: ${String(MINIMUM_VALUES_FOR_ANOMALY_INDEX)} are needed.`;
  const white = withinClassWhitening(table, width, classes.map(({ rows }) => rows), trimmedShare);
  if (white === undefined) return 'What the model makes of the samples does not vary.';
  const split = classes.flatMap(({ label, rows }, at) => {
    const groups = goOn(at / classes.length) ? twoSubgroups(white.table, white.width, rows, Math.max(SMALLEST_GROUP, Math.floor(SMALLEST_SHARE * rows.length))) : undefined;
    return groups === undefined ? [] : [{ label, groups }];
  });
  // A class of more samples gains more by the same split.
  const indexes = anomalyIndexes(split.map(({ groups }) => groups.gain), 'upper');
  if (indexes === undefined) return 'Too few classes can be split in two, or all gain the same by it.';
  return split.map((one, at) => ({ ...one, index: indexes[at] as number }));
}
