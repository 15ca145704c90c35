import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleFamilies } from '../../src/autodiff/rules/index.ts';
import { engineTensor, FIXTURES, recordedCases, relativeError, runCase } from './recorded-cases.ts';
import { float32Values } from '../../src/engines/float32-values.ts';

/** Of the largest entry of the recorded gradient. */
const TOLERANCE = 1e-4;

const families = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.json') && !file.startsWith('network-'))
  .map((file) => path.basename(file, '.json'));

describe.each(families)('%s', (family) => {
  it.each(recordedCases(family).map((one) => [one.name, one] as const))('%s has the gradient that torch has', async (_, one) => {
    const answer = await runCase(one);

    for (const [index, output] of one.outputs.entries()) {
      expect(relativeError(answer.outputs[index] ?? new Float32Array(), float32Values(engineTensor(output))), `output ${index}`).toBeLessThan(TOLERANCE);
    }
    for (const [name, gradient] of Object.entries(one.gradients)) {
      expect(relativeError(answer.gradients[name] ?? new Float32Array(), float32Values(engineTensor(gradient))), `gradient of ${name}`).toBeLessThan(TOLERANCE);
    }
  });
});

describe('the list of operators', () => {
  it('is in docs/autodiff.md as the rules have it', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/autodiff.md'), 'utf8');
    const listed = /<!-- operators[^>]*-->\n([\s\S]*?)\n<!-- \/operators -->/.exec(page)?.[1];
    const expected = Object.entries(ruleFamilies)
      .map(([family, rules]) => `- **${family}**: ${Object.keys(rules).sort().join(', ')}`)
      .join('\n');

    expect(listed, 'put this list between the markers').toBe(expected);
  });

  it('has no operator in two families', () => {
    const all = Object.values(ruleFamilies).flatMap((rules) => Object.keys(rules));

    expect(new Set(all).size).toBe(all.length);
  });

  it('has a recorded case for every operator that is not stopped', () => {
    const recorded = new Set(families.flatMap((family) => recordedCases(family).map(({ op }) => op)));
    const stopped = ['Round', 'Sign', 'Shape', 'Size', 'ArgMax', 'ArgMin', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'OneHot'];
    const unproved = Object.values(ruleFamilies).flatMap((rules) => Object.keys(rules)).filter((op) => !recorded.has(op) && !stopped.includes(op));

    expect(unproved).toEqual([]);
  });
});
