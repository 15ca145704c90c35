import type { NpyArray } from '../arrays/npy.ts';
import type { LoadedSamples, SamplesTarget } from '../loaded-samples.ts';
import type { SampleLimits } from '../sample-limits.ts';
import { resize } from '../images/resize.ts';
import { writePixels } from '../images/write-pixels.ts';
import { arrayLayout, interleaved } from './array-layout.ts';
import { arrayLabels } from './array-labels.ts';
import { sampleBudget } from './sample-budget.ts';
import { invalidSamples } from './sample-error.ts';
import { spreadOverGroups } from './spread.ts';
import { valueScale } from './value-scale.ts';

/** Turns an array of images, with or without an array of labels, into samples. Throws `samples/invalid`. */
export function loadArrays(images: NpyArray, labels: NpyArray | undefined, target: SamplesTarget, limits: SampleLimits, place: string): LoadedSamples {
  const layout = arrayLayout(images.shape, target, place);
  if (layout.height * layout.width > limits.maxImagePixels) throw invalidSamples(`The images have ${layout.width}x${layout.height} pixels; at most ${limits.maxImagePixels} are read.`, place);
  const count = images.shape[0] ?? 0;
  if (count === 0) throw invalidSamples('The array of images is empty.', place);
  const classes = labels && arrayLabels(labels, count, target.classCount, place);
  const all = Array.from({ length: count }, (_, index) => index);
  const chosen = spreadOverGroups(all, (index) => classes?.labels[index] ?? 0, sampleBudget(target, limits, place));

  // Rows are converted twice rather than kept: 512 large photographs as float64 would not fit in memory.
  const scale = valueScale(eachRow(images, chosen), images.dataType, place);
  const size = target.channels * target.height * target.width;
  const pixels = new Float32Array(chosen.length * size);
  for (const [at, index] of chosen.entries()) {
    const raster = resize({ ...layout, values: interleaved(images.row(index), layout, scale.toPixel) }, target.width, target.height);
    if (!writePixels(raster, target.channels, pixels, at * size)) {
      throw invalidSamples(`The images have ${layout.channels} channels, the model takes ${target.channels}.`, place, `Give images with ${target.channels} channels.`);
    }
  }
  const sameSize = layout.width === target.width && layout.height === target.height;
  return {
    count: chosen.length,
    channels: target.channels,
    height: target.height,
    width: target.width,
    pixels,
    ids: chosen.map(String),
    ...(classes === undefined ? {} : { labels: Int32Array.from(chosen, (index) => classes.labels[index] ?? 0), labelSource: 'indexes' as const }),
    notes: [
      ...layout.notes,
      ...scale.notes,
      ...(classes?.notes ?? ['The samples have no labels.']),
      ...(sameSize ? [] : [`The images were resized from ${layout.width}x${layout.height} to ${target.width}x${target.height} (width x height).`]),
      ...(layout.channels === target.channels ? [] : [target.channels === 1 ? 'Color images were turned to grey (luma of ITU-R BT.601).' : 'Grey images were repeated into three channels.']),
      ...(chosen.length < count ? [`Of ${count} images, ${chosen.length} were used${classes === undefined ? '' : ', chosen evenly over the classes'}.`] : []),
    ],
  };
}

function* eachRow(images: NpyArray, indexes: readonly number[]): Generator<Float64Array> {
  for (const index of indexes) yield images.row(index);
}
