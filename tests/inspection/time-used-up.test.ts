import { expect, it } from 'vitest';
import { timeUsedUp } from '../../src/inspection/time-used-up.ts';

it('says seconds without needless digits, however a budget was divided', () => {
  expect(timeUsedUp(0.4763755209999999)).toBe('The 0.48 s for this artifact were used up');
  expect(timeUsedUp(123.4)).toBe('The 123 s for this artifact were used up');
  expect(timeUsedUp(120)).toBe('The 120 s for this artifact were used up');
});
