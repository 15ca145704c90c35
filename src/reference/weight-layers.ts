import type { Tensors } from '../model/facets.ts';
import type { ReferenceLayer } from '../model/reference-set.ts';

/**
 * Layers that are compared at most. The decompositions take time with the third power of their number; residual networks of
 * fifty layers fit. Of deeper networks the last ones are taken: they are what fine-tuning moves.
 */
export const MAX_LAYERS = 64;

/** Smaller blocks are biases, scales and shapes; a projection of them says nothing. */
const MINIMUM_VALUES = 16;

const FLOATS: ReadonlySet<string> = new Set(['float16', 'bfloat16', 'float', 'float32', 'double', 'float64']);

/** The weights of convolutions, products and embeddings in the model's own order: floating point, two or more dimensions. */
export function weightLayers(tensors: Pick<Tensors, 'list'>): readonly ReferenceLayer[] {
  return tensors.list
    .filter(({ dataType, shape }) => FLOATS.has(dataType) && shape.length >= 2 && shape.reduce((product, size) => product * size, 1) >= MINIMUM_VALUES)
    .slice(-MAX_LAYERS)
    .map(({ name, shape }) => ({ name, shape: [...shape] }));
}

/**
 * The layers of a model in the order of `wanted`: by name where all names are the same, else by place. A sentence that says what
 * does not match where the architectures differ.
 */
export function matchLayers(found: readonly ReferenceLayer[], wanted: readonly ReferenceLayer[]): readonly ReferenceLayer[] | { readonly mismatch: string } {
  const byName = new Map(found.map((one) => [one.name, one]));
  const isNamedAlike = byName.size === wanted.length && wanted.every(({ name }) => byName.has(name));
  const ordered = isNamedAlike ? wanted.map(({ name }) => byName.get(name) as ReferenceLayer) : found;
  if (ordered.length !== wanted.length) {
    return { mismatch: `it has ${ordered.length} weight tensors and the reference’s models have ${wanted.length}` };
  }
  for (const [place, one] of ordered.entries()) {
    const other = wanted[place] as ReferenceLayer;
    if (one.shape.join() !== other.shape.join()) {
      return { mismatch: `weight tensor ${place + 1} (${one.name}) has the shape [${one.shape.join(', ')}], and that of the reference’s models is [${other.shape.join(', ')}]` };
    }
  }
  return ordered;
}
