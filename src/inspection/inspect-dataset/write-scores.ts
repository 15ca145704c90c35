import { appendFile } from 'node:fs/promises';
import type { DatasetFacet } from '../../model/dataset.ts';
import type { DetectorRun } from '../run-detector.ts';

/** Lines written at a time. */
const CHUNK_LINES = 10_000;

/**
 * Appends the score of every sample, a line of JSON each: detector, id, label, score, and for a suspect its rank from 1 and the
 * reason. The file is the gate's own.
 */
export async function writeScores(file: string, { result, sampleScores }: DetectorRun, dataset: DatasetFacet, signal: AbortSignal): Promise<void> {
  if (sampleScores === undefined) return;
  const placeOf = new Map(sampleScores.ids.map((id, index) => [id, index]));
  const suspects = new Map(sampleScores.suspects.map(({ index, reason }, rank) => [index, { rank: rank + 1, reason }]));
  const isFlagged = result.outcome === 'flagged';
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    await appendFile(file, lines.join(''));
    lines = [];
  };
  for await (const { id, label } of dataset.samples(signal)) {
    const index = placeOf.get(id);
    if (index === undefined) continue;
    const name = label === undefined ? undefined : dataset.classNames[label];
    lines.push(`${JSON.stringify({ detector: result.detector, id, label: name ?? null, score: sampleScores.scores[index] ?? null, ...(isFlagged ? suspects.get(index) : {}) })}\n`);
    if (lines.length >= CHUNK_LINES) await flush();
  }
  await flush();
}
