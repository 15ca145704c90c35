import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '../images/decode-image.ts';
import type { Raster } from '../images/raster.ts';
import { resize } from '../images/resize.ts';
import { writePixels } from '../images/write-pixels.ts';
import type { LoadedSamples, SamplesTarget } from '../loaded-samples.ts';
import type { SampleLimits } from '../sample-limits.ts';
import { classIndexes, type ClassIndexes } from './class-indexes.ts';
import { labelByFile, labelByFolder, type NamedImages } from './label-images.ts';
import { parseLabelsFile } from './labels-file.ts';
import type { ImageListing } from './list-images.ts';
import { counted } from './counted.ts';
import { sampleBudget } from './sample-budget.ts';
import { invalidSamples, unreadableSamples } from './sample-error.ts';
import { spreadOverGroups } from './spread.ts';

/** Broken files named in a note; the others are counted. */
const MAX_NAMED_FILES = 3;

interface ChosenImage {
  readonly path: string;
  readonly classIndex: number | undefined;
}

/** Reads a folder of images that {@link listImages} has listed. Throws `samples/unreadable` or `samples/invalid`. */
export async function loadImageFolder(folder: string, listing: ImageListing, target: SamplesTarget, limits: SampleLimits): Promise<LoadedSamples> {
  if (target.channels !== 1 && target.channels !== 3) {
    throw invalidSamples(`The model takes ${target.channels} channels, which images do not have.`, folder, `Give samples as .npz with ${target.channels} channels.`);
  }
  if (target.channels === 1 && target.height === 1 && target.width > 1) {
    throw invalidSamples(
      `The model takes vectors of ${target.width} numbers, and nothing says which image lies in them.`, folder,
      'Give `input: {size: [height, width], channels: 1}` in the policy or a sidecar.',
    );
  }
  const named = await nameImages(folder, listing, target, limits);
  const labelled = named.images.every((image) => image.label !== undefined);
  const classes: ClassIndexes | undefined = labelled
    ? classIndexes(named.images.map((image) => image.label ?? ''), target.classCount, target.classNames, folder)
    : undefined;
  const all = named.images.map((image): ChosenImage => ({ path: image.path, classIndex: classes?.indexOf.get(image.label ?? '') }));
  const chosen = spreadOverGroups(all, (image) => image.classIndex ?? 0, sampleBudget(target, limits, folder));
  const decoded = await decodeAll(folder, chosen, target, limits);
  return {
    count: decoded.ids.length,
    channels: target.channels,
    height: target.height,
    width: target.width,
    pixels: decoded.pixels,
    ids: decoded.ids,
    ...(classes === undefined ? {} : { labels: Int32Array.from(decoded.labels), labelSource: classes.source }),
    notes: [
      ...named.notes,
      ...(classes?.notes ?? []),
      ...(chosen.length < all.length ? [`Of ${all.length} images, ${chosen.length} were used${classes === undefined ? '' : ', chosen evenly over the classes'}.`] : []),
      ...(classes === undefined ? ['The samples have no labels.'] : []),
      ...decoded.notes,
      ...[...listing.unreadKinds].map(([extension, count]) => `Left out: ${counted(count, `${extension} file`)}; PNG and JPEG are read.`),
    ],
  };
}

async function nameImages(folder: string, listing: ImageListing, target: SamplesTarget, limits: SampleLimits): Promise<NamedImages> {
  const [labelsFile, second] = listing.labelsFiles;
  if (labelsFile === undefined) {
    const known = new Set(target.classNames?.map((name) => name.toLowerCase()));
    return labelByFolder(listing, (name) => /^\d+$/.test(name) || known.has(name.toLowerCase()));
  }
  const place = join(folder, labelsFile);
  if (second !== undefined) throw invalidSamples(`There are several labels files: ${listing.labelsFiles.join(', ')}.`, folder, 'Keep one of them.');
  const bytes = await readBounded(place, limits.maxLabelsFileBytes).catch((error: unknown) => {
    throw unreadableSamples('The labels file could not be read.', place, error, 'Check that the file may be read and is not too large.');
  });
  return labelByFile(listing.images, parseLabelsFile(new TextDecoder().decode(bytes), labelsFile, place), place);
}

interface Decoded {
  readonly pixels: Float32Array;
  readonly ids: readonly string[];
  readonly labels: readonly number[];
  readonly notes: readonly string[];
}

async function decodeAll(folder: string, chosen: readonly ChosenImage[], target: SamplesTarget, limits: SampleLimits): Promise<Decoded> {
  const size = target.channels * target.height * target.width;
  const pixels = new Float32Array(chosen.length * size);
  const ids: string[] = [];
  const labels: number[] = [];
  const broken: string[] = [];
  const conversions = countConversions(target);
  for (const image of chosen) {
    let raster: Raster;
    try {
      raster = decodeImage(await readBounded(join(folder, image.path), limits.maxImageFileBytes), limits.maxImagePixels);
    } catch (error) {
      broken.push(`${image.path} (${error instanceof Error ? error.message : String(error)})`);
      continue;
    }
    conversions.add(raster);
    writePixels(resize(raster, target.width, target.height), target.channels, pixels, ids.length * size);
    ids.push(image.path);
    labels.push(image.classIndex ?? 0);
  }
  const named = `${broken.slice(0, MAX_NAMED_FILES).join('; ')}${broken.length > MAX_NAMED_FILES ? '; ...' : ''}`;
  if (ids.length === 0) throw invalidSamples(`None of ${chosen.length} images could be read: ${named}.`, folder);
  if (broken.length > limits.maxBrokenShare * chosen.length) {
    throw invalidSamples(`${broken.length} of ${chosen.length} images could not be read: ${named}.`, folder, 'Repair or remove the named files.');
  }
  return {
    pixels: pixels.slice(0, ids.length * size), ids, labels,
    notes: [...(broken.length === 0 ? [] : [`Left out because unreadable: ${broken.length} of ${counted(chosen.length, 'image')}: ${named}.`]), ...conversions.notes()],
  };
}

interface Conversions {
  add(image: Raster): void;
  notes(): readonly string[];
}

/** Counts what is done to the images, for the notes. */
function countConversions({ width, height, channels }: SamplesTarget): Conversions {
  let [resized, recolored, composited] = [0, 0, 0];
  let smallest: readonly [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let largest: readonly [number, number] = [0, 0];
  return {
    add(image) {
      if (image.channels !== channels) recolored += 1;
      if (image.composited === true) composited += 1;
      if (image.width === width && image.height === height) return;
      resized += 1;
      const area = image.width * image.height;
      if (area < smallest[0] * smallest[1]) smallest = [image.width, image.height];
      if (area > largest[0] * largest[1]) largest = [image.width, image.height];
    },
    notes() {
      const sizes = [...new Set([smallest.join('x'), largest.join('x')])].join(' to ');
      return [
        ...(resized === 0 ? [] : [`Resized to ${width}x${height} (width x height) without keeping the aspect ratio: ${counted(resized, 'image')} of ${sizes}.`]),
        ...(recolored === 0 ? [] : [channels === 1 ? `Turned to grey (luma of ITU-R BT.601): ${counted(recolored, 'color image')}.` : `Repeated into three channels: ${counted(recolored, 'grey image')}.`]),
        ...(composited === 0 ? [] : [`Laid over black: ${counted(composited, 'image')} with transparent pixels.`]),
      ];
    },
  };
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`the file has ${size} bytes; at most ${maxBytes} are read`);
  return readFile(path);
}
