import type { Facets } from '../../model/facets.ts';
import { addToSketch, emptySketch, likeness, sketchOf, type LayerSketch } from './layer-sketch.ts';
import { matchLayers } from './match-layers.ts';
import { updateShape, type Shapeless, type UpdateShape } from './update-shape.ts';
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
 * Compares weights layer by layer. Layers of one name and shape are taken for then and now and read side by side, once, for their
 * sketches and for the update; the rest, for a sketch first. Where the sketches then say that another layer is the ancestor, those
 * two are read again. A layer of the earlier version is left unread where each later one of its shape comes from a namesake. All piece
 * by piece where the file holds the weights as they are, whatever its size. Gives a sentence instead where it cannot tell; `goOn` is
 * asked between pieces with the share done.
 */
export async function compareLayers(
  earlier: Partial<Pick<Facets, 'graph' | 'tensors'>>,
  later: Partial<Pick<Facets, 'graph' | 'tensors'>>,
  goOn: (share: number) => boolean,
): Promise<LayersChange | string> {
  const [before, after] = [await layersOf(earlier), await layersOf(later)];
  const namesakes = namesakesOf(before, after);
  let read = 0;
  // Each is read twice should none of the names hold.
  const mayGoOn = (): boolean => goOn(read / (2 * (before.length + after.length)));

  const updates = new Map<WeightLayer, UpdateShape | Shapeless>();
  const sketches = new Map<WeightLayer, LayerSketch>();
  for (const [is, was] of namesakes) {
    const [sketchWas, sketchIs] = [emptySketch(was), emptySketch(is)];
    const update = await updateShape(was, is, {
      goOn: mayGoOn,
      onPieces(piece, other, start, order) {
        addToSketch(sketchWas, piece, start, order);
        addToSketch(sketchIs, other, start, order);
      },
    });
    if (update === 'out of time') return OUT_OF_TIME;
    // Reading stopped in the middle.
    if (update === 'not finite') continue;
    updates.set(is, update);
    sketches.set(was, sketchWas).set(is, sketchIs);
    read += 2;
  }
  // Of an earlier version in several files, most layers belong to other files than the one that is compared with it.
  const sought = shapesOf(after.filter((layer) => !descends(sketches, namesakes.get(layer), layer)));
  const candidates = before.filter((layer) => sketches.has(layer) || sought.has(shapeOf(layer)));
  for (const layer of [...candidates, ...after]) {
    if (sketches.has(layer)) continue;
    const sketch = await sketchOf(layer, mayGoOn);
    if (sketch === undefined) return OUT_OF_TIME;
    sketches.set(layer, sketch);
    read += 1;
  }

  const sketchesOf = (layers: readonly WeightLayer[]): readonly LayerSketch[] => layers.map((layer) => sketches.get(layer) as LayerSketch);
  const matches = matchLayers(sketchesOf(candidates), sketchesOf(after));
  const changes: LayerChange[] = [];
  let inherited = 0;
  for (const match of matches) {
    const [was, is] = [candidates[match.earlier] as WeightLayer, after[match.later] as WeightLayer];
    const known = namesakes.get(is) === was ? updates.get(is) : undefined;
    const update = known ?? (await updateShape(was, is, { goOn: mayGoOn }));
    if (update === 'out of time') return OUT_OF_TIME;
    if (update === 'not finite') return `The weights ${is.name} of one of the versions hold values that are not finite numbers.`;
    if (known === undefined) read += 2;
    if (match.likeness >= DESCENDANT) inherited += sizeOf(is);
    changes.push({ tensor: is.name, rows: is.rows, columns: is.columns, likeness: match.likeness, update });
  }
  const all = after.reduce((sum, one) => sum + sizeOf(one), 0);
  return { changes, earlierCount: before.length, laterCount: after.length, inheritedShare: all === 0 ? 0 : inherited / all };
}

/** Whether a layer of the later version certainly comes from its namesake: no other ancestor has to be looked for. */
function descends(sketches: ReadonlyMap<WeightLayer, LayerSketch>, was: WeightLayer | undefined, is: WeightLayer): boolean {
  const [before, after] = [was === undefined ? undefined : sketches.get(was), sketches.get(is)];
  return before !== undefined && after !== undefined && likeness(before, after) >= DESCENDANT;
}

function shapeOf({ rows, columns }: WeightLayer): string {
  return `${String(rows)}x${String(columns)}`;
}

function shapesOf(layers: readonly WeightLayer[]): ReadonlySet<string> {
  return new Set(layers.map(shapeOf));
}

const OUT_OF_TIME = 'The time ran out before all weights were compared: raise the timeoutSeconds of model-comparison in the policy.';

function sizeOf({ rows, columns }: WeightLayer): number {
  return rows * columns;
}

async function layersOf(facets: Partial<Pick<Facets, 'graph' | 'tensors'>>): Promise<readonly WeightLayer[]> {
  const layers: WeightLayer[] = [];
  for await (const layer of weightLayers(facets)) layers.push(layer);
  return layers;
}

/** Later layers with the earlier one of their name and shape, as far as both keep their elements in one order; several of one name in turn. */
function namesakesOf(before: readonly WeightLayer[], after: readonly WeightLayer[]): ReadonlyMap<WeightLayer, WeightLayer> {
  const keyOf = ({ name, rows, columns, order }: WeightLayer): string => JSON.stringify([name, rows, columns, order]);
  const free = new Map<string, WeightLayer[]>();
  for (const layer of [...before].reverse()) {
    const key = keyOf(layer);
    const known = free.get(key);
    if (known === undefined) free.set(key, [layer]);
    else known.push(layer);
  }
  const pairs = new Map<WeightLayer, WeightLayer>();
  for (const layer of after) {
    const namesake = free.get(keyOf(layer))?.pop();
    if (namesake !== undefined) pairs.set(layer, namesake);
  }
  return pairs;
}
