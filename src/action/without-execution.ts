import type { Detector } from '../detectors/detector.ts';
import type { Inspect } from '../inspection/inspection.ts';
import type { Result } from '../report.ts';

const REASON =
  'Running a model’s graph is refused in this event: it holds the repository’s secrets, and the model may be anybody’s. ' +
  'Run the gate on pull_request, or set allow-untrusted-execution: true.';

/** Facets for which a graph is run, or somebody else's images are decoded. */
const EXECUTING = ['classifier', 'samples', 'gradient', 'probes'] as const;

/**
 * Leaves out the detectors that run the model and answers for them: inconclusive, never clear. What only reads the file
 * still runs. A graph is a program on a native runtime; beside secrets and a write token that is not a risk a gate may
 * take on behalf of its user.
 */
export function withoutExecution(inspect: Inspect, detectors: readonly Pick<Detector, 'meta'>[]): Inspect {
  const executing = new Set(detectors.filter(({ meta }) => EXECUTING.some((facet) => meta.needs.includes(facet))).map(({ meta }) => meta.id));
  return async (request, options) => {
    const inspection = await inspect({ ...request, isExecutionRefused: true, detectors: request.detectors.filter(({ id }) => !executing.has(id)) }, options);
    const others = new Map(inspection.results.map((result) => [result.detector, result]));
    return {
      ...inspection,
      results: request.detectors.flatMap(({ id }) => {
        if (executing.has(id)) return [refused(id)];
        const result = others.get(id);
        return result === undefined ? [] : [result];
      }),
    };
  };
}

function refused(detector: string): Result {
  return { detector, outcome: 'inconclusive', reason: REASON, examined: 0, seconds: 0, observations: [], measurements: [] };
}
