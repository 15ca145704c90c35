import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { InspectionRequest } from '../../src/inspection/inspection.ts';
import { prepareBehavior } from '../../src/inspection/prepare-behavior.ts';
import type { FacetName } from '../../src/model/facets.ts';
import type { ModelSettings } from '../../src/policy/policy.ts';
import { constant, node, tinyGraph, value } from '../engines/tiny-graph.ts';
import { fakeModel } from '../support/fake-model.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'modelgate-behavior-'));
  for (const [label, brightness] of [['0', 30], ['1', 220]] as const) {
    await mkdir(path.join(folder, label));
    for (let image = 0; image < 8; image += 1) {
      const data = new Uint8Array(48).fill(brightness + image);
      await writeFile(path.join(folder, label, `${image}.png`), encode({ width: 4, height: 4, channels: 3, data }));
    }
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Dark or bright, of 3×4×4 images; Hardmax has no gradient. */
async function prepare(needs: readonly FacetName[], settings: ModelSettings, opType: 'Relu' | 'Hardmax' = 'Relu', memoryBytes = 2 ** 32) {
  const graph = await tinyGraph({
    inputs: [value('x', 'float', ['N', 3, 4, 4])],
    outputs: [value('y', 'float', ['N', 2])],
    initializers: [constant('w', [48, 2], Array.from({ length: 96 }, (_, at) => (at % 2 === 0 ? -1 : 1))), constant('b', [2], [24, -24])],
    nodes: [node('Flatten', ['x'], ['flat']), node('MatMul', ['flat', 'w'], ['sums']), node('Add', ['sums', 'b'], ['scores']), node(opType, ['scores'], ['y'])],
  });
  const request: InspectionRequest = {
    path: 'model.onnx', file: '/model.onnx', digest: `sha256:${'0'.repeat(64)}`, size: 1, detectors: [], settings, settingsOrigin: 'policy',
    seed: 0, engine: 'auto', threads: 1, deadlineSeconds: 60, memoryBytes,
  };
  return prepareBehavior(request, fakeModel({ graph }), () => createEngine({ preference: 'auto', threads: 1 }), new Set(needs));
}

const input: NonNullable<ModelSettings['input']> = { range: [0, 1], mean: [0], std: [1] };

describe('probes', () => {
  it('are drawn pictures where there are no samples', async () => {
    const { model, close } = await prepare(['classifier', 'probes'], { input });

    expect((await model.facets.probes?.load())?.origin).toBe('drawn');
    await close();
  });

  it('are the samples where there are any, and need no gradient then', async () => {
    const { model, close } = await prepare(['classifier', 'probes'], { input, samples: folder }, 'Hardmax');

    expect(model.facets.gradient).toBeUndefined();
    expect(await model.facets.probes?.load()).toMatchObject({ origin: 'samples', count: 16 });
    await close();
  });

  it('are drawn pictures even where there is no gradient', async () => {
    const { model, close } = await prepare(['classifier', 'probes'], { input }, 'Hardmax');

    expect(model.facets.gradient).toBeUndefined();
    expect(await model.facets.probes?.load()).toMatchObject({ origin: 'drawn', count: 400 });
    await close();
  });

  it('serve beside a gradient that is missing', async () => {
    const { model, close } = await prepare(['classifier', 'probes', 'gradient'], { input, samples: folder }, 'Hardmax');

    expect(model.facets.probes).toBeDefined();
    expect(model.problems).toMatchObject({ gradient: expect.stringMatching(/Hardmax/) as string });
    expect(model.problems.probes).toBeUndefined();
    await close();
  });
});

describe('weights that are too large to be run', () => {
  it.each([[['classifier', 'probes'], 4], [['classifier'], 2]] as const)('are not loaded, and why is said for all that needs the model to run: %o', async (needs, copies) => {
    const { model, engine } = await prepare(needs, { input }, 'Relu', 1);

    expect(engine).toBeUndefined();
    expect(model.facets.classifier).toBeUndefined();
    expect(model.problems.classifier).toMatch(new RegExp(`^The graph and its weights are 1 MiB, and to run them takes ${String(copies)} copies`));
  });
});
