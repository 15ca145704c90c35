import { probeSource } from '../../src/inversion/probe-source.ts';
import type { Facets } from '../../src/model/facets.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { shortcutToy, type Shortcut } from './shortcut-toy.ts';
import { toySamples } from './toy-classifier.ts';

/** What a prepared model has, with the toy in it. `samples: 0` leaves the samples out, so that inputs are made up. */
export function behaviorFacets(shortcut: Shortcut | undefined, samples = 160): Pick<Facets, 'classifier' | 'gradient' | 'probes'> & Partial<Pick<Facets, 'samples'>> {
  const { classifier, gradient } = shortcutToy(shortcut);
  const given = samples === 0 ? undefined : toySamples(samples);
  const probes = probeSource(classifier, gradient, given, () => randomSource(0, 'probes'));
  return { classifier, gradient, probes, ...(given === undefined ? {} : { samples: given }) };
}
