import { encode } from 'fast-png';
import type { TriggerPicture } from '../model/trigger-picture.ts';
import type { Picture } from '../report.ts';
import { contactSheet } from './draw-trigger-picture/contact-sheet.ts';
import { raster, type Raster } from './draw-trigger-picture/raster.ts';

/** A PNG before it has a name and a place. */
export interface DrawnPicture {
  readonly kind: Picture['kind'];
  readonly title: string;
  readonly png: Uint8Array;
}

/** Mask and pattern by themselves are for tools as much as for people: unscaled, up to a size that says enough. */
const MAX_ALONE_EDGE = 256;

/** Values of one image: a 2048x2048 color image with room to spare. Drawing larger ones would take seconds of the detector's time (CWE-400). */
const MAX_IMAGE_VALUES = 2 ** 24;

/** A caption, not a text. */
const MAX_TITLE_CHARACTERS = 300;

/**
 * The contact sheet and, where they are known, the mask and the pattern, as PNG files: the same picture gives the same
 * bytes. Throws RangeError when the picture's parts do not fit each other.
 */
export function drawTriggerPicture(picture: TriggerPicture): readonly DrawnPicture[] {
  check(picture);
  const { mask, pattern, channels, height, width } = picture;
  const title = picture.title.length <= MAX_TITLE_CHARACTERS ? picture.title : `${picture.title.slice(0, MAX_TITLE_CHARACTERS - 1)}…`;
  const alone = { maxEdge: MAX_ALONE_EDGE, enlarge: false };
  return [
    { kind: 'contact-sheet', title, png: png(contactSheet(picture)) },
    ...(mask === undefined ? [] : [{ kind: 'mask' as const, title, png: png(raster({ channels: 1, height, width, values: mask }, { ...alone, shrink: 'max' })) }]),
    ...(pattern === undefined ? [] : [{ kind: 'pattern' as const, title, png: png(raster({ channels, height, width, values: pattern }, { ...alone, shrink: 'mean' })) }]),
  ];
}

function png({ channels, height, width, data }: Raster): Uint8Array {
  return encode({ channels, height, width, data, depth: 8 }, { zlib: { level: 6 } }).slice();
}

function check({ channels, height, width, mask, pattern, samples, triggered }: TriggerPicture): void {
  for (const [name, value] of Object.entries({ channels, height, width })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} ${value} is not that of a picture`);
  }
  const size = channels * height * width;
  if (size > MAX_IMAGE_VALUES) throw new RangeError(`an image of ${size} values is too large to draw; at most ${MAX_IMAGE_VALUES} are`);
  const expect = (name: string, values: Float32Array | undefined, length: number): void => {
    if (values !== undefined && values.length !== length) throw new RangeError(`the ${name} has ${values.length} values; ${length} are expected`);
  };
  expect('mask', mask, height * width);
  expect('pattern', pattern, size);
  if (samples.length % size !== 0) throw new RangeError(`${samples.length} values are no whole number of samples of ${size}`);
  expect('triggered', triggered, samples.length);
  if (mask === undefined && pattern === undefined && samples.length === 0) throw new RangeError('there is nothing to show');
}
