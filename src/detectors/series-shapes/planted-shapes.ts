import type { RandomSource } from '../../statistics/random.ts';
import type { HostEvidence } from './host-evidence.ts';
import { hostSuspects, type HostSuspects } from './host-suspects.ts';
import { movingShapes } from './moving-shapes.ts';
import { placedShape } from './placed-shape.ts';
import type { SeriesTable } from './series-table.ts';
import { shapeEvidence, type ShapeEvidence } from './shape-evidence.ts';
import type { Shape } from './shape.ts';

/** Finders of shapes that move; the other suspects confirm. */
const MAX_FINDERS = 40;

const FEW_SUSPECTS = 24;
const LEAST_FINDERS = 3;

export interface PlantedShape {
  readonly group: HostSuspects;
  readonly shape: Shape;
  readonly evidence: ShapeEvidence;
  /** Base-10 logarithm of the chance, corrected for everything that was tried. */
  readonly logChance: number;
}

/**
 * For each class the shape that is most surprisingly common among its suspects, if any is. One half of the suspects finds shapes, the other confirms them, and then the other way round, so that what was tried to find them
 * needs no correction; shapes confirmed, halves, channels and classes are corrected for by Bonferroni. Undefined when `goOn` said no.
 */
export function plantedShapes(table: SeriesTable, evidence: HostEvidence, classCount: number, random: RandomSource, goOn: (share: number) => boolean): readonly PlantedShape[] | undefined {
  const groups = Array.from({ length: classCount }, (_, label) => hostSuspects(evidence, table, classCount, label, random)).filter((one) => one !== undefined);
  const planted: PlantedShape[] = [];
  for (const [at, group] of groups.entries()) {
    const tried: { readonly shape: Shape; readonly evidence: ShapeEvidence }[] = [];
    let tests = 0;
    for (const [finders, confirmers] of divisions(group)) {
      const shapes: Shape[] = [];
      for (let channel = 0; channel < table.channels; channel += 1) {
        const moving = movingShapes(table, group, finders.slice(0, MAX_FINDERS), channel, () => goOn(at / groups.length));
        if (moving === undefined) return undefined;
        const placed = placedShape(table, evidence, group, finders, channel);
        shapes.push(...(placed === undefined ? [] : [placed]), ...moving);
      }
      tests += shapes.length;
      for (const shape of shapes) {
        if (!goOn(at / groups.length)) return undefined;
        const found = shapeEvidence(group, shape.isPlaced ? confirmers : group.suspects.filter((row) => !finders.slice(0, MAX_FINDERS).includes(row)), shape);
        if (found !== undefined) tried.push({ shape, evidence: found });
      }
    }
    const best = tried.sort((a, b) => a.evidence.logChance - b.evidence.logChance)[0];
    if (best !== undefined) planted.push({ group, ...best, logChance: best.evidence.logChance + Math.log10(Math.max(1, tests * groups.length)) });
  }
  return planted.sort((a, b) => a.logChance - b.logChance || a.group.label - b.group.label);
}

/** Ways to let some suspects find and the others confirm, each once a finder: by halves, and where they are few by thirds, so that enough are left to confirm. */
function divisions({ suspects }: HostSuspects): readonly (readonly [readonly number[], readonly number[]])[] {
  const parts = suspects.length < FEW_SUSPECTS ? 3 : 2;
  const size = Math.max(LEAST_FINDERS, Math.ceil(suspects.length / parts));
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.min(part * size, suspects.length - size);
    return [suspects.slice(from, from + size), [...suspects.slice(0, from), ...suspects.slice(from + size)]] as const;
  });
}
