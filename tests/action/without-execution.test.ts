import { describe, expect, it } from 'vitest';
import { withoutExecution } from '../../src/action/without-execution.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import type { FacetName } from '../../src/model/facets.ts';
import type { InspectionRequest } from '../../src/inspection/inspection.ts';

const named = (id: string, ...needs: readonly FacetName[]): Pick<Detector, 'meta'> => ({ meta: { id, needs } as unknown as Detector['meta'] });
const resolved = (id: string): InspectionRequest['detectors'][number] => ({ id, required: false, options: {}, threshold: undefined, timeoutSeconds: 1 });

describe('withoutExecution', () => {
  it('runs what reads the file only, and is inconclusive for what would run the model', async () => {
    const asked: string[][] = [];
    const refused: unknown[] = [];
    const inspect = withoutExecution(
      async (request) => {
        asked.push(request.detectors.map((one) => one.id));
        refused.push(request.isExecutionRefused);
        return {
          format: 'onnx',
          notes: [],
          companions: [],
          results: request.detectors.map(({ id }) => ({ detector: id, outcome: 'clear' as const, examined: 1, seconds: 0, observations: [], measurements: [] })),
        };
      },
      [named('weights', 'tensors'), named('behavior', 'classifier'), named('images', 'samples')],
    );
    const request = { detectors: [resolved('behavior'), resolved('weights'), resolved('images')] } as unknown as InspectionRequest;
    const { results } = await inspect(request, { signal: new AbortController().signal, onProgress: () => undefined });

    expect(asked).toEqual([['weights']]);
    // A detector that runs the model only where it may goes without.
    expect(refused).toEqual([true]);
    expect(results.map(({ detector, outcome }) => [detector, outcome])).toEqual([
      ['behavior', 'inconclusive'],
      ['weights', 'clear'],
      ['images', 'inconclusive'],
    ]);
    expect(results[0]?.reason).toContain('allow-untrusted-execution');
  });
});
