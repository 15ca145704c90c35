import type { Facets } from '../model/facets.ts';
import type { Samples } from '../model/samples.ts';

/** The samples, or the drawn pictures that stand for them; a sentence where there are neither. */
export async function samplesOrPictures({ samples, probes: source }: Pick<Facets, 'probes'> & Partial<Pick<Facets, 'samples'>>): Promise<Samples | string> {
  if (samples !== undefined) return samples;
  const { origin, count, channels, height, width, pixels } = await source.load();
  // What the gradient has driven to a class says little of ordinary inputs.
  if (origin !== 'drawn') return 'Without samples this needs pictures that the model tells apart, and there are none.';
  return { count, channels, height, width, pixels, ids: Array.from({ length: count }, (_, picture) => `drawn picture ${String(picture)}`) };
}
