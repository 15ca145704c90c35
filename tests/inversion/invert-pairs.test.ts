import { expect, it } from 'vitest';
import { invertPairs, sourcesOf } from '../../src/inversion/invert-pairs.ts';
import { pairLeadOf } from '../../src/inversion/pair-lead-of.ts';
import { maskTrigger } from '../../src/triggers/adjustable/mask.ts';
import { TOY_CLASSES } from '../support/toy-classifier.ts';
import { toySearch } from './toy-search.ts';

it('finds the one pair that a trigger was planted for', async () => {
  const search = await toySearch(maskTrigger, { target: 5, strength: 12, source: 2 });
  const pairs = await invertPairs({ ...search, sources: sourcesOf(search) });

  expect(pairs).toHaveLength(TOY_CLASSES * (TOY_CLASSES - 1));
  expect(pairLeadOf(pairs ?? [], search.probes.clearance)).toMatchObject({ pair: { source: 2, target: 5 } });
  const smallest = Math.min(...(pairs ?? []).map(({ outcomes }) => outcomes.length));
  expect(smallest).toBe(3);
});

it('takes as sources only classes with enough probes', async () => {
  const search = await toySearch(maskTrigger, undefined);
  const predictions = search.probes.predictions.map((label, probe) => (label === 4 && probe > 60 ? 5 : label));

  expect(sourcesOf({ ...search, probes: { ...search.probes, predictions } })).toEqual([0, 1, 2, 3, 5, 6, 7]);
});

it('gives nothing when it is stopped, since pairs cannot be compared half way', async () => {
  const search = await toySearch(maskTrigger, undefined, { pause: (share) => (share > 0.5 ? 'stop' : 'go on') });

  expect(await invertPairs({ ...search, sources: sourcesOf(search) })).toBeUndefined();
});
