import { expect, it } from 'vitest';
import { describeOrigin } from '../../src/inversion/describe-origin.ts';

it('names what the inputs of a search are', () => {
  expect((['samples', 'drawn', 'synthesized'] as const).map((origin) => describeOrigin({ origin }))).toEqual(['samples', 'drawn pictures', 'made-up inputs']);
});
