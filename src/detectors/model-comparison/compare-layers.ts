import type { Facets } from '../../model/facets.ts';
import { sketchOf, type LayerSketch } from './layer-sketch.ts';
import { matchLayers } from './match-layers.ts';
import { updateShape, type UpdateShape } from './update-shape.ts';
import { weightLayers, type WeightLayer } from './weight-layers.ts';

/** A layer of the later version, and what became of it since the earlier one. */
export interface LayerChange {
  /** Tensor of the later version. */
  readonly tensor: string;
  readonly rows: number;
  readonly columns: number;
  /** Estimated cosine of its weights then and now. */
  readonly likeness: number;
  readonly update: UpdateShape;
}

export interface LayersChange {
  readonly changes: readonly LayerChange[];
  readonly earlierCount: number;
  readonly laterCount: number;
  /** Share of the later version's weights that lie in layers descended from the earlier one's. */
  readonly inheritedShare: number;
}

/** A descendant, however much it was trained: independent layers are within a tenth of 0. */
const DESCENDANT = 0.25;

/**
 * Compares weights layer by layer: first each layer of both versions is read once for a sketch, then the matched ones side by
 * side, piece by piece where the format allows. Never more than two layers of a graph are in memory. Gives a sentence instead where it cannot
 * tell; `goOn` is asked between layers with the share done.
 */
export async function compareLayers(
  earlier: Partial<Pick<Facets, 'graph' | 'tensors'>>,
  later: Partial<Pick<Facets, 'graph' | 'tensors'>>,
  goOn: (share: number) => boolean,
): Promise<LayersChange | string> {
  const outOfTime = 'The time ran out before all weights were compared.';
  const [before, after] = [await sketched(earlier, () => goOn(0)), await sketched(later, () => goOn(0.25))];
  if (before === undefined || after === undefined) return outOfTime;
  const matches = matchLayers(before.map(({ sketch }) => sketch), after.map(({ sketch }) => sketch));
  const size = ({ sketch }: Sketched): number => sketch.rows * sketch.columns;
  const changes: LayerChange[] = [];
  let inherited = 0;
  for (const [done, match] of matches.entries()) {
    const [was, is] = [before[match.earlier] as Sketched, after[match.later] as Sketched];
    const update = await updateShape(was.layer, is.layer, () => goOn(0.5 + (0.5 * done) / matches.length));
    if (update === 'out of time') return outOfTime;
    if (update === 'not finite') return `The weights ${is.layer.name} of one of the versions hold values that are not finite numbers.`;
    if (match.likeness >= DESCENDANT) inherited += size(is);
    changes.push({ tensor: is.layer.name, rows: is.sketch.rows, columns: is.sketch.columns, likeness: match.likeness, update });
  }
  const all = after.reduce((sum, one) => sum + size(one), 0);
  return { changes, earlierCount: before.length, laterCount: after.length, inheritedShare: all === 0 ? 0 : inherited / all };
}

interface Sketched {
  readonly layer: WeightLayer;
  readonly sketch: LayerSketch;
}

/** Undefined when time ran out. */
async function sketched(facets: Partial<Pick<Facets, 'graph' | 'tensors'>>, goOn: () => boolean): Promise<Sketched[] | undefined> {
  const layers: Sketched[] = [];
  for await (const layer of weightLayers(facets)) {
    const sketch = await sketchOf(layer, goOn);
    if (sketch === undefined) return undefined;
    layers.push({ layer, sketch });
  }
  return layers;
}
