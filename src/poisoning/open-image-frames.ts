import type { DatasetFacet } from '../model/dataset.ts';
import type { FeatureContext } from './dataset-features.ts';
import { imageFrames, type ImageFrames } from './image-frames.ts';

/** The images of a dataset for a detector that begins with them; a sentence that says why where there is nothing to begin with. */
export async function openImageFrames(dataset: DatasetFacet, context: FeatureContext): Promise<ImageFrames | string> {
  context.signal.throwIfAborted();
  context.progress(0, 'images');
  if (context.outOfTime()) return 'The time ran out before the images were read.';
  const frames = dataset.kind === 'image' ? await imageFrames(dataset, context.signal) : undefined;
  return frames ?? 'The dataset holds no images.';
}
