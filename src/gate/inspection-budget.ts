import type { DatasetFiles } from '../artifacts/dataset-files.ts';
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

/** Reading gets twice what the slowest form took where it was measured: 1 MiB of a table, or 350 small images, a second. */
const BYTES_A_SECOND = 2 ** 19;
const FILES_A_SECOND = 150;

/** As long as a job of GitHub's own runners may take. */
const MAX_READING_SECONDS = 6 * 60 * 60;

/** Time to hash and read a dataset: it grows with the data, so that a small hostile file is not given hours, nor a large harmless one minutes. */
export function readingSeconds({ size, list }: Pick<DatasetFiles, 'size' | 'list'>): number {
  return Math.min(MAX_READING_SECONDS, Math.ceil(OVERHEAD_SECONDS + size / BYTES_A_SECOND + list.length / FILES_A_SECOND));
}

/** The detectors with the time that a dataset of this size needs where nobody chose one: each reads it once or twice. */
export function withTimeForData(detectors: readonly ResolvedDetector[], files: Pick<DatasetFiles, 'size' | 'list'>): readonly ResolvedDetector[] {
  const more = readingSeconds(files) - OVERHEAD_SECONDS;
  return detectors.map((one) => (one.growsWithData === true ? { ...one, timeoutSeconds: one.timeoutSeconds + more } : one));
}

/** Time for a dataset with all of its detectors. */
export function datasetSeconds(files: Pick<DatasetFiles, 'size' | 'list'>, detectors: readonly ResolvedDetector[]): number {
  return readingSeconds(files) + allDetectorsSeconds(detectors) - OVERHEAD_SECONDS;
}

/** What is known of an artifact whose turn did not come. */
export function outOfBudget(budgetSeconds: number | undefined, detectors: readonly ResolvedDetector[]): Inspection {
  const reason = `The budget of ${String(budgetSeconds)} s was used up before this artifact's turn.`;
  const results = detectors.map(({ id }): Result => ({
    detector: id, outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason,
  }));
  return { notes: [], companions: [], results };
}
