import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { templateDetector } from './detector.ts';

const context = {
  random: (label: string) => randomSource(0, label),
  signal: new AbortController().signal,
  outOfTime: () => false,
  progress: () => undefined,
  suspiciousInputs: [], results: [], pictures: [], sampleScores: [],
};

function modelOf(values: Float32Array) {
  const bytes = memorySource(new Uint8Array(0));
  const info = { name: 'w', dataType: 'float', shape: [values.length], source: bytes, range: { offset: 0, length: 0 } };
  return {
    artifact: { path: 'm.onnx', digest: 'sha256:0' as const, bytes },
    format: 'onnx',
    facets: { tensors: { list: [info], values: async () => values } },
    problems: {},
    absences: {},
    unclaimed: [],
    companions: [],
    notes: [],
  };
}

describe('template-detector', () => {
  it('measures the largest share of zeros', async () => {
    const detection = await templateDetector.detect(modelOf(Float32Array.from({ length: 100 }, (_, index) => (index < 25 ? 0 : 1))), { minimumElements: 64 }, context);

    expect(detection).toMatchObject({ outcome: 'measured', metric: 0.25, examined: 1 });
  });

  it('is inconclusive when there is nothing to look at', async () => {
    const detection = await templateDetector.detect(modelOf(new Float32Array(3)), { minimumElements: 64 }, context);

    expect(detection).toMatchObject({ outcome: 'inconclusive' });
  });
});
