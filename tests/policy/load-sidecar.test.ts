import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { loadSidecar } from '../../src/policy/load-sidecar.ts';
import type { Sidecar } from '../../src/policy/match-settings.ts';

function load(text: string | undefined): Promise<Sidecar | undefined> {
  return loadSidecar({ artifact: 'models/a.onnx', readFile: (path) => Promise.resolve(path === 'models/a.onnx.modelgate.yml' ? text : undefined) });
}

async function refusal(text: string): Promise<string> {
  const thrown = await load(text).catch((error: unknown) => error);
  if (!(thrown instanceof GateError)) throw new Error(`expected a GateError, got ${String(thrown)}`);
  return `${thrown.code} at ${thrown.where?.artifact}:${thrown.where?.line}:${thrown.where?.column}\n${thrown.message}\n${thrown.nextStep}`;
}

describe('loadSidecar', () => {
  it('reads what the input is and what the classes are called', async () => {
    expect(await load('input: {range: [0, 255], size: [32, 32]}\nlabels: [a, b]')).toEqual({ input: { range: [0, 255], size: [32, 32] }, labels: ['a', 'b'] });
  });

  it('is not missed where there is none', async () => {
    expect(await load(undefined)).toBeUndefined();
  });

  it('refuses samples and a baseline: what brings the model does not choose the test', async () => {
    expect(await refusal('labels: [a]\nsamples: my-choice\nbaseline: mine.onnx')).toMatchInlineSnapshot(`
      "policy/invalid at models/a.onnx.modelgate.yml:2:1
      2 problems.
        models/a.onnx.modelgate.yml:2:1: A sidecar may not name samples: only the policy chooses what a model is tested with.
        models/a.onnx.modelgate.yml:3:1: A sidecar may not name baseline: only the policy chooses what a model is tested with.
      Correct models/a.onnx.modelgate.yml, or remove it: what it says can also stand in the policy's "models"."
    `);
  });

  it('refuses a reference for the same reason', async () => {
    expect(await refusal('reference: mine.json')).toContain('A sidecar may not name reference: only the policy chooses what a model is tested with.');
  });

  it('refuses everything that belongs to a policy', async () => {
    expect(await refusal('outcomes: {flagged: pass}')).toMatchInlineSnapshot(`
      "policy/invalid at models/a.onnx.modelgate.yml:1:1
      The key "outcomes" is not known here. Known are: input, labels.
      Correct models/a.onnx.modelgate.yml, or remove it: what it says can also stand in the policy's "models"."
    `);
    expect(await refusal('input: {threshold: 3, mean: low}')).toMatchInlineSnapshot(`
      "policy/invalid at models/a.onnx.modelgate.yml:1:9
      2 problems.
        models/a.onnx.modelgate.yml:1:9: The key "threshold" is not known here. Known are: layout, size, channels, range, mean, std.
        models/a.onnx.modelgate.yml:1:29: Expected a list, not the text "low".
      Correct models/a.onnx.modelgate.yml, or remove it: what it says can also stand in the policy's "models"."
    `);
  });

  it('refuses an input on which every image looks the same', async () => {
    expect(await refusal('input: {range: [0, 0]}')).toContain('models/a.onnx.modelgate.yml:1:16\nBlack and white have the same value.');
  });
});
