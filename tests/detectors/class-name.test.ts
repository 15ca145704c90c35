import { expect, it } from 'vitest';
import { className } from '../../src/detectors/class-name.ts';

it('adds a class’s name where there is one that says more than its index', () => {
  expect(className(['stop', '1'], 0)).toBe('class 0 (stop)');
  expect(className(['stop', '1'], 1)).toBe('class 1');
  expect(className(['stop', '1'], 2)).toBe('class 2');
  expect(className(undefined, 0)).toBe('class 0');
});
