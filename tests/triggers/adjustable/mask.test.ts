import fc from 'fast-check';
import { expect, it } from 'vitest';
import { projectOnArea } from '../../../src/triggers/adjustable/mask.ts';

it('the projection is a mask of at most the area, and leaves a mask that fits alone', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -2, max: 3, noNaN: true }), { minLength: 1, maxLength: 60 }), fc.double({ min: 0.1, max: 40, noNaN: true }), (values, area) => {
      const mask = Float32Array.from(values);
      projectOnArea(mask, area);
      const sum = mask.reduce((total, value) => total + value, 0);
      expect(sum).toBeLessThanOrEqual(area * 1.0001 + 1e-4);
      expect(mask.every((value) => value >= 0 && value <= 1)).toBe(true);
      const again = Float32Array.from(mask);
      projectOnArea(again, area);
      expect(Math.max(...again.map((value, index) => Math.abs(value - (mask[index] as number))))).toBeLessThan(1e-4);
    }),
    { seed: 5 },
  );
});

it('of two equal steps over the area, both are lowered alike', () => {
  const mask = Float32Array.of(0.9, 0.7, 0.1);
  projectOnArea(mask, 1);

  expect([...mask].map((value) => Math.round(value * 1000))).toEqual([600, 400, 0]);
});
