import type { Inspection } from '../inspection/inspection.ts';
import type { ResolvedDetector } from '../policy/policy.ts';
import type { Result } from '../report.ts';

/** Ceiling of one inspection: the largest ONNX file (2 GiB) as bytes, in the engine, and room for inner values. */
export const INSPECTION_MEMORY_BYTES = 8 * 2 ** 30;

/** Time around the detectors' own limits: starting the process, reading, fitting the samples. */
const OVERHEAD_SECONDS = 300;

export function allDetectorsSeconds(detectors: readonly ResolvedDetector[]): number {
  return detectors.reduce((sum, one) => sum + one.timeoutSeconds, OVERHEAD_SECONDS);
}

/** What is known of an artifact whose turn did not come. */
export function outOfBudget(budgetSeconds: number | undefined, detectors: readonly ResolvedDetector[]): Inspection {
  const reason = `The budget of ${String(budgetSeconds)} s was used up before this artifact's turn.`;
  const results = detectors.map(({ id }): Result => ({
    detector: id, outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason,
  }));
  return { notes: [], companions: [], results };
}
