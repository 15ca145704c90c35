import { describe, expect, it } from 'vitest';
import { growTriggers } from '../../src/inversion/grow-triggers.ts';
import { leadOf } from '../../src/inversion/lead-of.ts';
import { additiveTrigger } from '../../src/triggers/adjustable/additive.ts';
import { toySearch } from './toy-search.ts';

describe('growing triggers', () => {
  it('reaches the class of a shortcut first, and far ahead', async () => {
    const search = await toySearch(additiveTrigger, { target: 5, strength: 12 });
    const lead = leadOf(await growTriggers(search), search.probes.clearance);

    expect(lead).toMatchObject({ target: 5 });
    expect(lead?.logOdds).toBeGreaterThan(4);
    expect(lead?.margin).toBeGreaterThan(0.5);
  });

  it('finds no class ahead where none has a shortcut', async () => {
    const search = await toySearch(additiveTrigger, undefined);
    const lead = leadOf(await growTriggers(search), search.probes.clearance);

    expect(lead?.logOdds ?? 0).toBeLessThan(3.5);
  });

  it('stops when it is told to and keeps what it has', async () => {
    let calls = 0;
    const search = await toySearch(additiveTrigger, undefined, { pause: () => (++calls > 12 ? 'stop' : 'go on') });
    const growths = await growTriggers(search);

    expect(calls).toBe(13);
    expect(growths).toHaveLength(8);
    expect(growths.every(({ stages }) => stages.length === 1)).toBe(true);
  });

  it('gives laggards up and follows at least the nearest six', async () => {
    const search = await toySearch(additiveTrigger, { target: 2, strength: 12 });
    const lengths = (await growTriggers(search)).map(({ stages }) => stages.length);

    expect(lengths.filter((length) => length === Math.max(...lengths)).length).toBe(6);
    expect(Math.min(...lengths)).toBe(1);
  });

  it('the same search twice gives the same stages', async () => {
    const [first, second] = await Promise.all([1, 2].map(async () => growTriggers(await toySearch(additiveTrigger, { target: 1, strength: 12 }))));

    expect(first).toEqual(second);
  });
});
