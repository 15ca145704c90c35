import { sha256Of } from '../../src/artifacts/digest.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { Tensors } from '../../src/model/facets.ts';
import type { ReferenceLabel, ReferenceSet } from '../../src/model/reference-set.ts';
import { projectLayer } from '../../src/reference/project-layer.ts';
import { randomSource, type RandomSource } from '../../src/statistics/random.ts';

export interface ToyLayer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Weights of a small network: a hidden layer and a head of the given sizes; `headScale` is what a toy backdoor changes. */
export function toyLayers(random: RandomSource, [hiddenShape, headShape]: readonly [readonly [number, number], readonly [number, number]], headScale = 1, hiddenScale = 0.3): readonly ToyLayer[] {
  const draw = (count: number, scale: number): Float32Array => Float32Array.from({ length: count }, () => scale * random.normal());
  // No two trainings end with weights of quite the same size.
  const [first, second] = [1 + 0.05 * random.normal(), 1 + 0.05 * random.normal()];
  return [
    { name: 'hidden.weight', shape: hiddenShape, values: draw(hiddenShape[0] * hiddenShape[1], hiddenScale * first) },
    { name: 'head.weight', shape: headShape, values: draw(headShape[0] * headShape[1], headScale * second) },
  ];
}

export function tensorsOf(layers: readonly ToyLayer[]): Tensors {
  const source = memorySource(new Uint8Array(0));
  return {
    list: layers.map(({ name, shape }) => ({ name, dataType: 'float', shape: [...shape], source, range: { offset: 0, length: 0 } })),
    values: async (name) => layers.find((one) => one.name === name)?.values ?? new Float32Array(0),
  };
}

const PROJECTION_LENGTH = 64;

/** A reference of toy models; the backdoored ones have larger heads. */
export function toyReference(sizes: Parameters<typeof toyLayers>[1], counts: { readonly clean: number; readonly backdoored: number }, rest: Partial<ReferenceSet> = {}, scales: { readonly head: number; readonly hidden: number } = { head: 1, hidden: 0.3 }): ReferenceSet {
  const one = (label: ReferenceLabel, at: number): ReferenceSet['models'][number] => {
    const layers = toyLayers(randomSource(at, label), sizes, (label === 'backdoored' ? 1.5 : 1) * scales.head, scales.hidden);
    const rows = layers.map(({ values }, place) => projectLayer(values, PROJECTION_LENGTH, 0, place) ?? new Float64Array(PROJECTION_LENGTH));
    return { path: `${label}-${at}.onnx`, digest: sha256Of(`${label}-${at}`), label, projections: Float64Array.from(rows.flatMap((row) => [...row])) };
  };
  return {
    digest: sha256Of('toy reference'), seed: 0, projectionLength: PROJECTION_LENGTH, varianceKept: 0.9, decomposition: 'parafac2', classifier: 'random-forest',
    layers: toyLayers(randomSource(0, 'shape'), sizes).map(({ name, shape }) => ({ name, shape })),
    models: [...Array.from({ length: counts.clean }, (_, at) => one('clean', at)), ...Array.from({ length: counts.backdoored }, (_, at) => one('backdoored', at))],
    ...rest,
  };
}
