import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detectors/detector.ts';
import { behaviorFacets } from './behavior-facets.ts';
import { detectContext } from './detect-context.ts';
import { fakeModel } from './fake-model.ts';
import type { Shortcut } from './shortcut-toy.ts';

/** What every search for one change to one class has to do. `message` is what it says of the class that it found. */
export function findsShortcut<Message extends string>(detector: Detector<'classifier' | 'gradient' | 'probes', Message>, message: Message): void {
  const { threshold } = detector.meta.metric;
  const measure = async (shortcut: Shortcut | undefined, samples = 160) => {
    const facets = behaviorFacets(shortcut, samples);
    const detection = await detector.detect({ ...fakeModel(facets), facets }, Value.Create(detector.options) as never, detectContext());
    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    return detection;
  };

  describe(detector.meta.id, () => {
    it.each([160, 0])('flags a shortcut to one class and names the class, with %i samples', async (samples) => {
      const detection = await measure({ target: 5, strength: 12 }, samples);

      expect(detection.metric).toBeGreaterThan(threshold);
      expect(detection.observations[0]).toMatchObject({ message, location: { targetClass: 5 } });
      expect(detection.observations[0].data['origin']).toBe(samples === 0 ? 'drawn pictures' : 'samples');
    });

    it.each([160, 0])('does not flag the same model without the shortcut, with %i samples', async (samples) => {
      expect((await measure(undefined, samples)).metric).toBeLessThan(threshold);
    });

    it('does not flag a push too weak to decide', async () => {
      expect((await measure({ target: 5, strength: 0.1 })).metric).toBeLessThan(threshold);
    });

    it('shows the trigger on samples of different classes', async () => {
      const { observations: [{ picture }] } = await measure({ target: 5, strength: 12 });

      expect(picture?.samples).toHaveLength(6 * 256);
      expect(picture?.triggered).toHaveLength(6 * 256);
      expect(picture?.triggered).not.toEqual(picture?.samples);
      expect(picture?.pattern).toHaveLength(256);
    });

    it('reports a success rate on inputs that no step has seen', async () => {
      const { measurements } = await measure({ target: 5, strength: 12 });

      expect(measurements?.find(({ name }) => name === 'attack success rate')?.value).toBeGreaterThan(0.5);
    });
  });
}
