import { readFileSync } from 'node:fs';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { onnx } from '../../src/formats/onnx.ts';
import type { InspectionRequest } from '../../src/inspection/inspection.ts';
import { prepareBehavior } from '../../src/inspection/prepare-behavior.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { plainNeuralCleanse, type PlainNeuralCleanse } from './plain-neural-cleanse.ts';

export interface MeasuredPeer extends PlainNeuralCleanse {
  readonly seconds: number;
}

/** Plain Neural Cleanse on the model of a request, with the same engine, threads and samples; undefined without samples. */
export async function measurePeer(request: InspectionRequest): Promise<MeasuredPeer | undefined> {
  const artifact = { path: request.path, digest: request.digest, bytes: memorySource(readFileSync(request.file)) };
  const read = await onnx.read(artifact, { signal: new AbortController().signal, openCompanion: () => Promise.reject(new Error('The benchmark reads single files.')) });
  const started = performance.now();
  const prepared = await prepareBehavior(request, read, () => createEngine({ preference: 'auto', threads: request.threads }), new Set(['gradient']));
  try {
    const { classifier, gradient, samples } = prepared.model.facets;
    if (classifier === undefined || gradient === undefined || samples === undefined) return undefined;
    const measured = await plainNeuralCleanse(classifier, gradient, samples, randomSource(request.seed, 'plain neural cleanse'));
    return { ...measured, seconds: (performance.now() - started) / 1000 };
  } finally {
    await prepared.close();
  }
}
