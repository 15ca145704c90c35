import { MAX_PICTURED_OBSERVATIONS } from '../artifacts/limits.ts';
import { drawTriggerPicture, type DrawnPicture } from './draw-trigger-picture.ts';
import type { DetectorRun } from './run-detector.ts';

export interface PlacedPicture extends DrawnPicture {
  /** Place of its observation in the result. */
  readonly observation: number;
}

/**
 * The pictures of one run of a detector, of the first observations that have any. One that cannot be drawn is a note, not
 * an error: what the detector saw is the observation, with or without its picture.
 */
export function drawPictures({ result, pictures }: Pick<DetectorRun, 'result' | 'pictures'>, note: (text: string) => void): readonly PlacedPicture[] {
  return pictures.slice(0, MAX_PICTURED_OBSERVATIONS).flatMap(({ observation, picture }) => {
    try {
      return drawTriggerPicture(picture).map((one) => ({ ...one, observation }));
    } catch (thrown) {
      note(`What ${result.detector} saw could not be drawn: ${thrown instanceof Error ? thrown.message : String(thrown)}.`);
      return [];
    }
  });
}
