import { likeness, type LayerSketch } from './layer-sketch.ts';

export interface LayerMatch {
  /** Places in the two lists. */
  readonly earlier: number;
  readonly later: number;
  /** Estimated cosine of their weights: about 1 for a descendant, about 0 for a layer trained anew. */
  readonly likeness: number;
}

/** A descendant, however much it was trained: independent layers are within 1 / √512 of 0. */
const DESCENDANT = 0.25;

/**
 * Which layer became which. Names and order are the exporter's; what stays is the shape and, more or less, the numbers. So
 * the pairs of one shape that are most alike go together first, and what is left of a shape goes by order.
 */
export function matchLayers(earlier: readonly LayerSketch[], later: readonly LayerSketch[]): readonly LayerMatch[] {
  const shapes = new Map<string, { readonly before: number[]; readonly after: number[] }>();
  const group = (sketch: LayerSketch) => {
    const key = `${sketch.rows}x${sketch.columns}`;
    const known = shapes.get(key) ?? { before: [], after: [] };
    shapes.set(key, known);
    return known;
  };
  for (const [place, sketch] of earlier.entries()) group(sketch).before.push(place);
  for (const [place, sketch] of later.entries()) group(sketch).after.push(place);

  const matches: LayerMatch[] = [];
  for (const { before, after } of shapes.values()) {
    const scored = before.flatMap((one) => after.map((other) => ({ earlier: one, later: other, likeness: likeness(earlier[one] as LayerSketch, later[other] as LayerSketch) })));
    scored.sort((a, b) => b.likeness - a.likeness || a.earlier - b.earlier || a.later - b.later);
    const [takenBefore, takenAfter] = [new Set<number>(), new Set<number>()];
    for (const match of scored) {
      if (match.likeness < DESCENDANT) break;
      if (takenBefore.has(match.earlier) || takenAfter.has(match.later)) continue;
      takenBefore.add(match.earlier);
      takenAfter.add(match.later);
      matches.push(match);
    }
    const [leftBefore, leftAfter] = [before.filter((one) => !takenBefore.has(one)), after.filter((one) => !takenAfter.has(one))];
    for (const [at, one] of leftBefore.entries()) {
      const other = leftAfter[at];
      if (other !== undefined) matches.push({ earlier: one, later: other, likeness: likeness(earlier[one] as LayerSketch, later[other] as LayerSketch) });
    }
  }
  return matches.sort((a, b) => a.later - b.later);
}
