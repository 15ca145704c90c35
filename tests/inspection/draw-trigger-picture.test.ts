import { decode, type DecodedPng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { isPlainPng } from '../../src/artifacts/is-plain-png.ts';
import { MAX_PICTURE_BYTES } from '../../src/artifacts/limits.ts';
import { drawTriggerPicture, type DrawnPicture } from '../../src/inspection/draw-trigger-picture.ts';
import { MAX_PICTURE_SAMPLES, type TriggerPicture } from '../../src/model/trigger-picture.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { smallPicture } from '../support/small-picture.ts';

function drawn(picture: TriggerPicture, kind: DrawnPicture['kind']): DecodedPng {
  const found = drawTriggerPicture(picture).find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} was drawn`);
  return decode(found.png);
}

function pixel({ data, width, channels }: DecodedPng, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)];
}

/** A pixel of a tile of a contact sheet whose images are 4x4, shown at 32 times their size. */
function inTile(sheet: DecodedPng, column: number, row: number, x: number, y: number): number[] {
  return pixel(sheet, 4 + column * (128 + 4) + 32 * x + 16, 4 + row * (4 + 128 + 4) + 4 + 32 * y + 16);
}

const gray = (value: number): number[] => [value, value, value];

describe('the contact sheet', () => {
  const sheet = drawn(smallPicture(2), 'contact-sheet');

  it('shows mask and pattern on the left, then a column a sample', () => {
    expect([sheet.width, sheet.height]).toEqual([4 + 3 * 132, 4 + 3 * 136]);
    expect([inTile(sheet, 0, 0, 0, 0), inTile(sheet, 0, 0, 3, 3)]).toEqual([gray(0), gray(255)]);
    expect([inTile(sheet, 0, 1, 0, 0), inTile(sheet, 0, 1, 3, 3)]).toEqual([gray(128), gray(255)]);
    for (const [column, brightness] of [[1, 26], [2, 51]] as const) {
      expect([inTile(sheet, column, 0, 0, 0), inTile(sheet, column, 0, 3, 3)]).toEqual([gray(brightness), gray(brightness)]);
      expect([inTile(sheet, column, 1, 0, 0), inTile(sheet, column, 1, 3, 3)]).toEqual([gray(brightness), gray(255)]);
    }
  });

  it('amplifies the difference until its largest value is white', () => {
    // The first sample changes by 0.9, the second by 0.8.
    expect([inTile(sheet, 1, 2, 3, 3), inTile(sheet, 2, 2, 3, 3)]).toEqual([gray(255), gray(227)]);
    expect(inTile(sheet, 1, 2, 0, 0)).toEqual(gray(0));
    const faint = smallPicture(1);
    const barely = drawn({ ...faint, triggered: faint.samples.map((value) => value + 1e-7) }, 'contact-sheet');
    expect(inTile(barely, 1, 2, 0, 0)).toEqual(gray(0));
  });

  it('says by a colored bar what a tile is, and leaves the rest of the left column empty', () => {
    const bar = (column: number, row: number): number[] => pixel(sheet, 4 + column * 132, 4 + row * 136);

    expect([bar(0, 0), bar(0, 1), bar(0, 2)]).toEqual([[31, 90, 200], [31, 90, 200], [229, 229, 229]]);
    expect([bar(1, 0), bar(1, 1), bar(1, 2)]).toEqual([[30, 140, 60], [200, 40, 30], [220, 160, 0]]);
    expect(pixel(sheet, 0, 0)).toEqual([229, 229, 229]);
  });

  it('keeps the colors of three channels and shows any other number as their mean', () => {
    const three = drawn(smallPicture(0, { channels: 3, pattern: Float32Array.from({ length: 48 }, (_, at) => [1, 0.5, 0][Math.floor(at / 16)] ?? 0) }), 'contact-sheet');
    const two = drawn(smallPicture(0, { channels: 2, pattern: Float32Array.from({ length: 32 }, (_, at) => (at < 16 ? 1 : 0.2)) }), 'contact-sheet');

    expect(inTile(three, 0, 1, 2, 2)).toEqual([255, 128, 0]);
    expect(inTile(two, 0, 1, 2, 2)).toEqual(gray(153));
  });

  it('shows samples alone, and mask or pattern alone', () => {
    const { mask, pattern, ...samples } = smallPicture(1);
    const alone = { ...samples, samples: new Float32Array(0), triggered: new Float32Array(0) };

    expect(drawn(samples, 'contact-sheet').width).toBe(4 + 132);
    expect(drawTriggerPicture(samples).map((one) => one.kind)).toEqual(['contact-sheet']);
    if (mask === undefined || pattern === undefined) throw new Error('the picture has both');
    expect(drawTriggerPicture({ ...alone, mask }).map((one) => one.kind)).toEqual(['contact-sheet', 'mask']);
    expect(drawTriggerPicture({ ...alone, pattern }).map((one) => one.kind)).toEqual(['contact-sheet', 'pattern']);
  });

  it('never loses a single pixel of the mask when a large image is made small', () => {
    const mask = new Float32Array(1000 * 1000);
    mask[123_456] = 1;
    const large = drawn({ ...smallPicture(0), channels: 1, height: 1000, width: 1000, mask, pattern: new Float32Array(1_000_000) }, 'contact-sheet');
    const alone = drawn({ ...smallPicture(0), channels: 1, height: 1000, width: 1000, mask, pattern: new Float32Array(1_000_000) }, 'mask');

    expect([large.width, large.height]).toEqual([4 + 125 + 4, 4 + 2 * (4 + 125 + 4)]);
    expect(alone.width).toBe(250);
    expect([...alone.data].filter((value) => value === 255)).toHaveLength(1);
  });

  it('shows what is no number as black and what is beyond white as white', () => {
    const odd = drawn(smallPicture(0, { pattern: Float32Array.from([Number.NaN, Infinity, -Infinity, 7, ...new Array<number>(12).fill(0)]) }), 'pattern');

    expect([...odd.data.subarray(0, 4)]).toEqual([0, 255, 0, 255]);
  });
});

describe('mask and pattern', () => {
  it('are files of their own, pixel for pixel', () => {
    const mask = drawn(smallPicture(), 'mask');
    const pattern = drawn(smallPicture(), 'pattern');

    expect(mask).toMatchObject({ width: 4, height: 4, channels: 1, depth: 8 });
    expect([...mask.data].map((value) => value / 255)).toEqual([...(smallPicture().mask ?? [])]);
    expect(pixel(pattern, 0, 0)).toEqual([128]);
  });
});

describe('every picture', () => {
  it('is the same bytes for the same values', () => {
    const digests = [1, 2].map(() => drawTriggerPicture(smallPicture()).map(({ png }) => sha256Of(png)));

    expect(digests[0]).toEqual(digests[1]);
    expect(new Set(digests[0]).size).toBe(3);
  });

  it('holds the limits with more and larger samples than are shown, of noise', () => {
    const random = randomSource(1, 'noise');
    const [count, size] = [MAX_PICTURE_SAMPLES + 2, 3 * 224 * 224];
    const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.uniform());
    const pictures = drawTriggerPicture({
      title: 'x'.repeat(1000), channels: 3, height: 224, width: 224,
      mask: noise(224 * 224), pattern: noise(size), samples: noise(count * size), triggered: noise(count * size),
    });

    for (const { png, title } of pictures) {
      expect(isPlainPng(png)).toBe(true);
      expect(title).toHaveLength(300);
    }
    const sheet = decode(pictures[0]?.png ?? new Uint8Array());
    expect(sheet.width).toBe(4 + (1 + MAX_PICTURE_SAMPLES) * (112 + 4));
    const widest = drawTriggerPicture({ title: '', channels: 3, height: 128, width: 128, mask: noise(128 * 128), pattern: noise(3 * 128 * 128), samples: noise(6 * 3 * 128 * 128), triggered: noise(6 * 3 * 128 * 128) });
    expect(widest[0]?.png.byteLength).toBeGreaterThan(0.7 * MAX_PICTURE_BYTES);
    expect(isPlainPng(widest[0]?.png ?? new Uint8Array())).toBe(true);
  });

  it.each<[string, Partial<TriggerPicture>, string]>([
    ['a mask of another size', { mask: new Float32Array(15) }, 'the mask has 15 values; 16 are expected'],
    ['a pattern of another size', { pattern: new Float32Array(48) }, 'the pattern has 48 values'],
    ['half a sample', { samples: new Float32Array(24), triggered: new Float32Array(24) }, 'no whole number of samples'],
    ['a clean sample without its triggered one', { triggered: new Float32Array(16) }, 'the triggered has 16 values; 32'],
    ['no width', { width: 0 }, 'width 0'],
    ['half a row', { height: 1.5 }, 'height 1.5'],
    ['an image larger than memory', { height: 2 ** 20, width: 2 ** 20 }, 'too large to draw'],
  ])('is refused with %s', (_what, change, message) => {
    expect(() => drawTriggerPicture(smallPicture(2, change))).toThrow(message);
  });

  it('is refused when there is nothing to show', () => {
    const { title, channels, height, width, samples, triggered } = smallPicture(0);

    expect(() => drawTriggerPicture({ title, channels, height, width, samples, triggered })).toThrow('nothing to show');
  });
});
