import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { Facets } from '../../src/model/facets.ts';
import type { Model } from '../../src/model/model.ts';

/** A model with the facets a test needs and nothing else. */
export function fakeModel(facets: Partial<Facets> = {}, rest: Partial<Pick<Model, 'problems' | 'absences'>> = {}): Model {
  const digest = `sha256:${'0'.repeat(64)}` as const;
  return {
    artifact: { path: 'model.onnx', digest, bytes: memorySource(new Uint8Array(0)) },
    format: 'onnx',
    facets,
    problems: {},
    absences: {},
    unclaimed: [],
    companions: [],
    notes: [],
    ...rest,
  };
}
