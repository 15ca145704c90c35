import type { DatasetFacet, DatasetSample } from '../../model/dataset.ts';
import { MAX_REPORTED_SUSPECTS, type Result, type Suspect } from '../../report.ts';
import type { PlacedPicture } from '../draw-pictures.ts';
import type { DetectorRun } from '../run-detector.ts';
import { drawSuspects, MAX_DRAWN_SUSPECTS } from './draw-suspects.ts';
import { suspectText } from './suspect-text.ts';

/**
 * Adds to a flagged result which samples are suspected, with their labels and places, and draws the first of them where they are
 * images: one pass over the dataset, which keeps only what is named.
 */
export async function nameSuspects(run: DetectorRun, dataset: DatasetFacet, signal: AbortSignal): Promise<{ readonly result: Result; readonly pictures: readonly PlacedPicture[] }> {
  const { result, sampleScores } = run;
  if (sampleScores === undefined || result.outcome !== 'flagged') return { result, pictures: [] };
  const listed = sampleScores.suspects.slice(0, MAX_REPORTED_SUSPECTS);
  const rankOf = new Map(listed.map(({ index }, rank) => [sampleScores.ids[index], rank]));
  const found: (Omit<DatasetSample, 'content'> | undefined)[] = listed.map(() => undefined);
  const images: DatasetSample[] = [];
  for await (const sample of dataset.samples(signal)) {
    const rank = rankOf.get(sample.id);
    if (rank === undefined) continue;
    const { content, ...rest } = sample;
    found[rank] = rest;
    if (rank < MAX_DRAWN_SUSPECTS && content.kind === 'image') images[rank] = sample;
  }
  const suspects = listed.flatMap(({ index, reason }, rank): Suspect[] => {
    const sample = found[rank];
    const score = sampleScores.scores[index];
    if (sample === undefined || score === undefined || !Number.isFinite(score)) return [];
    const { file, record } = sample.place;
    return [{
      id: suspectText(sample.id), ...(sample.label === undefined ? {} : { label: suspectText(dataset.classNames[sample.label] ?? String(sample.label)) }),
      reason: suspectText(reason), score, place: { file: suspectText(file), ...(record === undefined ? {} : { record }) },
    }];
  });
  const sheet = drawSuspects(images.filter((one) => one !== undefined));
  return {
    result: { ...result, suspects, suspectCount: sampleScores.suspects.length },
    pictures: sheet === undefined || result.observations.length === 0 ? [] : [{ ...sheet, observation: 0 }],
  };
}
