import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, deflateSync } from 'node:zlib';
import { decodeImage } from '../../../src/datasets/images/decode-image.ts';
import { pixelBytes } from '../../../src/datasets/images/png-chunks.ts';
import { fixtureBytes, fixtureJson } from '../fixture-files.ts';

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly tolerance: number;
  readonly values: readonly number[];
}

const expected = fixtureJson<Record<string, Expected>>('datasets', 'images.json');
const names = Object.keys(expected);
const MAX_PIXELS = 1_000_000;
const image = (name: string): Uint8Array => fixtureBytes('datasets', 'images', name);

function png(chunks: readonly (readonly [type: string, content: Uint8Array])[]): Uint8Array {
  const parts = chunks.map(([type, content]) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  });
  return new Uint8Array(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]));
}

function header(width: number, height: number, depth = 8, colorType = 0, interlace = 0): Uint8Array {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([depth, colorType, 0, 0, interlace], 8);
  return content;
}

const nothing = new Uint8Array(0);

describe('decodeImage', () => {
  it.each(names)('reads %s as Pillow does', (name) => {
    const want = expected[name] as Expected;

    const got = decodeImage(image(name), MAX_PIXELS);

    expect([got.width, got.height, got.channels]).toEqual([want.width, want.height, want.channels]);
    expect(got.values.length).toBe(want.values.length);
    const worst = got.values.reduce((most, value, index) => Math.max(most, Math.abs(value - (want.values[index] ?? 0))), 0);
    expect(worst).toBeLessThanOrEqual(want.tolerance + 1e-5);
  });

  it('says when transparent pixels were laid over black', () => {
    const composited = names.filter((name) => decodeImage(image(name), MAX_PIXELS).composited === true);

    expect(composited.sort()).toEqual(['grey-alpha8.png', 'palette-alpha.png', 'rgba8.png', 'transparent-colour.png']);
  });

  it.each(names)('refuses every truncated prefix of %s', (name) => {
    const bytes = image(name);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeImage(bytes.slice(0, length), MAX_PIXELS), `${name} cut to ${length} bytes`).toThrow();
    }
  });

  it.each(names)('answers mutated bytes of %s with a whole picture or an error', (name) => {
    const bytes = image(name);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }), (changes) => {
        const mutated = bytes.slice();
        for (const [at, value] of changes) mutated[at] = value;
        let picture;
        try {
          picture = decodeImage(mutated, MAX_PIXELS);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect(picture.values.length).toBe(picture.width * picture.height * picture.channels);
        expect(picture.values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('refuses pictures larger than the limit before expanding them', () => {
    const bomb = png([['IHDR', header(60_000, 60_000)], ['IDAT', deflateSync(Buffer.alloc(16))], ['IEND', nothing]]);

    expect(() => decodeImage(bomb, MAX_PIXELS)).toThrow('60000x60000');
    expect(() => decodeImage(image('rgb.jpg'), 100)).toThrow('at most 100');
  });

  it('refuses pixel data that expand beyond what the header announces', () => {
    const bomb = png([['IHDR', header(4, 4)], ['IDAT', deflateSync(Buffer.alloc(50_000_000))], ['IEND', nothing]]);

    expect(() => decodeImage(bomb, MAX_PIXELS)).toThrow('more than its header announces');
  });

  it('never expands a colour profile, however large it claims to be', () => {
    const profile = Buffer.concat([Buffer.from('x\0\0', 'latin1'), Buffer.from('not compressed')]);
    const picture = png([['IHDR', header(1, 1)], ['iCCP', profile], ['IDAT', deflateSync(Buffer.from([0, 128]))], ['IEND', nothing]]);

    expect(decodeImage(picture, MAX_PIXELS).values[0]).toBeCloseTo(128 / 255, 6);
  });

  it.each([
    ['no end', [['IHDR', header(1, 1)], ['IDAT', deflateSync(Buffer.from([0, 0]))]], 'before its IEND'],
    ['no pixels', [['IHDR', header(1, 1)], ['IEND', nothing]], 'no pixels'],
    ['no header', [['IDAT', nothing], ['IEND', nothing]], 'does not start with its header'],
    ['two headers', [['IHDR', header(1, 1)], ['IHDR', header(1, 1)], ['IEND', nothing]], 'more than one IHDR'],
    ['too few pixels', [['IHDR', header(4, 4)], ['IDAT', deflateSync(Buffer.alloc(7))], ['IEND', nothing]], 'fewer pixels'],
    ['a palette image without a palette', [['IHDR', header(1, 1, 8, 3)], ['IDAT', deflateSync(Buffer.alloc(2))], ['IEND', nothing]], 'palette it does not have'],
    ['an impossible depth', [['IHDR', header(1, 1, 4, 2)], ['IEND', nothing]], 'does not exist'],
    ['no extent', [['IHDR', header(0, 1)], ['IEND', nothing]], 'no extent'],
    ['packed interlaced pixels', [['IHDR', header(9, 9, 1, 0, 1)], ['IEND', nothing]], 'interlaced'],
    ['a palette index beyond the palette', [['IHDR', header(1, 1, 8, 3)], ['PLTE', Buffer.alloc(3)], ['IDAT', deflateSync(Buffer.from([0, 9]))], ['IEND', nothing]], 'palette'],
  ] as const)('refuses a PNG with %s', (_, chunks, message) => {
    expect(() => decodeImage(png(chunks), MAX_PIXELS)).toThrow(message);
  });

  it('refuses a PNG whose checksum does not match', () => {
    const bytes = image('rgb8.png');
    bytes[20] = (bytes[20] ?? 0) ^ 1;

    expect(() => decodeImage(bytes, MAX_PIXELS)).toThrow('checksum');
  });

  it('refuses files that are neither PNG nor JPEG', () => {
    expect(() => decodeImage(Buffer.from('GIF89a'), MAX_PIXELS)).toThrow('neither a PNG nor a JPEG');
  });

  it('refuses a JPEG with more scans than any encoder writes', () => {
    const bytes = image('grey.jpg');
    const scan = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xda);
    const scans = Array.from({ length: 200 }, () => bytes.slice(scan, -2));
    const hostile = Buffer.concat([bytes.slice(0, scan), ...scans, Buffer.from([0xff, 0xd9])]);

    expect(() => decodeImage(hostile, MAX_PIXELS)).toThrow('scans');
  });
});

describe('pixelBytes', () => {
  it('counts the scanlines of all Adam7 passes', () => {
    // 8x8 RGB: passes of 1x1, 1x1, 2x1, 2x2, 4x2, 4x4, 8x4 pixels, one filter byte a line.
    expect(pixelBytes({ width: 8, height: 8, depth: 8, colorType: 2, interlaced: true })).toBe(8 * 8 * 3 + 15);
  });

  it('leaves out empty passes', () => {
    expect(pixelBytes({ width: 1, height: 1, depth: 8, colorType: 0, interlaced: true })).toBe(2);
  });
});
