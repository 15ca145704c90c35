import { describe, expect, it } from 'vitest';
import { shrinkTriggers } from '../../src/inversion/shrink-triggers.ts';
import { sizeLeadOf } from '../../src/inversion/size-lead-of.ts';
import { maskTrigger } from '../../src/triggers/adjustable/mask.ts';
import { toySearch } from './toy-search.ts';

describe('shrinking triggers', () => {
  it('leaves the class of a shortcut with the smallest mask, and the mask on the shortcut', async () => {
    const search = await toySearch(maskTrigger, { target: 5, strength: 12 });
    const shrinkages = await shrinkTriggers(search);
    const lead = sizeLeadOf(shrinkages);
    const mask = shrinkages.find(({ target }) => target === 5)?.parameters.subarray(0, 256) ?? new Float32Array();
    const inCorner = mask.reduce((sum, value, at) => sum + ((at >> 4) >= 13 && (at & 15) >= 13 ? value : 0), 0);

    expect(lead?.target).toBe(5);
    expect(lead?.logRatio).toBeGreaterThan(0.8);
    expect(inCorner).toBeGreaterThan(0.6 * mask.reduce((sum, value) => sum + value, 0));
  });

  it('finds no class with a far smaller mask where none has a shortcut', async () => {
    const lead = sizeLeadOf(await shrinkTriggers(await toySearch(maskTrigger, undefined)));

    expect(lead?.logRatio ?? 0).toBeLessThan(0.8);
  });

  it('says nothing of sizes when it is stopped before any was measured', async () => {
    expect(await shrinkTriggers(await toySearch(maskTrigger, undefined, { pause: () => 'stop' }))).toEqual([]);
  });
});
