import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedule } from '../../src/gate/schedule.ts';

describe('schedule', () => {
  it('keeps the order of the items and never runs more than the slots at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 4 }), async (delays, slots) => {
        let running = 0;
        let most = 0;

        const results = await schedule(delays, slots, async (delay) => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
          running -= 1;
          return delay * 2;
        });

        expect(results).toEqual(delays.map((delay) => delay * 2));
        expect(most).toBeLessThanOrEqual(slots);
      }),
    );
  });

  it('rejects when a piece of work rejects', async () => {
    await expect(schedule([1, 2], 1, (item) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item)))).rejects.toThrow('two');
  });
});
