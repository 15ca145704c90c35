import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
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
