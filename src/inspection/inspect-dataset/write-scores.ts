import type { DatasetFacet } from '../../model/dataset.ts';
import type { DetectorRun } from '../run-detector.ts';
import { appendLines } from './append-lines.ts';

/**
 * Appends the score of every sample, a line of JSON each: detector, id, label, score, and for a suspect its rank from 1 and the
 * reason. The file is the gate's own.
 */
export async function writeScores(file: string, run: DetectorRun, dataset: DatasetFacet, signal: AbortSignal): Promise<void> {
  if (run.sampleScores !== undefined) await appendLines(file, scoreLines(run, run.sampleScores, dataset, signal));
}

async function* scoreLines({ result }: DetectorRun, { ids, scores, suspects }: NonNullable<DetectorRun['sampleScores']>, dataset: DatasetFacet, signal: AbortSignal): AsyncGenerator<unknown> {
  const placeOf = new Map(ids.map((id, index) => [id, index]));
  const ranked = new Map(suspects.map(({ index, reason }, rank) => [index, { rank: rank + 1, reason }]));
  const isFlagged = result.outcome === 'flagged';
  for await (const { id, label } of dataset.samples(signal)) {
    const index = placeOf.get(id);
    if (index === undefined) continue;
    const name = label === undefined ? undefined : dataset.classNames[label];
    yield { detector: result.detector, id, label: name ?? null, score: scores[index] ?? null, ...(isFlagged ? ranked.get(index) : {}) };
  }
}
