import { probeSource } from '../../src/inversion/probe-source.ts';
import type { Search } from '../../src/inversion/search.ts';
import { splitProbes } from '../../src/inversion/split-probes.ts';
import type { Probes } from '../../src/model/probes.ts';
import { randomSource } from '../../src/statistics/random.ts';
import type { AdjustableTrigger } from '../../src/triggers/adjustable-trigger.ts';
import { shortcutToy, type Shortcut } from '../support/shortcut-toy.ts';
import { TOY_CLASSES, toySamples } from '../support/toy-classifier.ts';

/** A search over the toy, with a shortcut or without. */
export async function toySearch(trigger: (probes: Probes) => AdjustableTrigger, shortcut: Shortcut | undefined, rest: Partial<Search> = {}): Promise<Search> {
  const { classifier, gradient } = shortcutToy(shortcut);
  const probes = await probeSource(classifier, gradient, toySamples(160), () => randomSource(1, 'probes')).load();
  return {
    classifier, gradient, probes, split: splitProbes(probes, randomSource(1, 'split')), trigger: trigger(probes),
    targets: Array.from({ length: TOY_CLASSES }, (_, label) => label), imagesPerArm: 8, steps: 8, random: randomSource(1, 'search'), pause: () => 'go on', ...rest,
  };
}
