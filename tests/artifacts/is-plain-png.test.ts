import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { isPlainPng } from '../../src/artifacts/is-plain-png.ts';
import { MAX_PICTURE_BYTES, MAX_PICTURE_EDGE } from '../../src/artifacts/limits.ts';

const gray = encode({ width: 2, height: 2, channels: 1, depth: 8, data: new Uint8Array(4) }).slice();
const color = encode({ width: 2, height: 2, channels: 3, depth: 8, data: new Uint8Array(12) }).slice();

function chunk(type: string, content: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}

function header(change: Partial<Record<'width' | 'height' | 'depth' | 'colorType' | 'interlace', number>> = {}): Buffer {
  const { width = 2, height = 2, depth = 8, colorType = 0, interlace = 0 } = change;
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([depth, colorType, 0, 0, interlace], 8);
  return chunk('IHDR', content);
}

const signature = gray.subarray(0, 8);
const pixels = chunk('IDAT', deflateSync(new Uint8Array(6)));
const end = chunk('IEND', new Uint8Array());
const png = (...chunks: Uint8Array[]): Buffer => Buffer.concat([signature, ...chunks]);

describe('isPlainPng', () => {
  it('takes gray and color pictures as they are drawn here', () => {
    expect([isPlainPng(gray), isPlainPng(color), isPlainPng(png(header(), pixels, end))]).toEqual([true, true, true]);
    expect(isPlainPng(png(header({ width: MAX_PICTURE_EDGE, height: MAX_PICTURE_EDGE }), pixels, end))).toBe(true);
  });

  it('refuses every proper prefix', () => {
    for (let length = 0; length < color.length; length += 1) expect(isPlainPng(color.subarray(0, length)), String(length)).toBe(false);
  });

  it.each<[string, Uint8Array]>([
    ['something after its end', Buffer.concat([color, Buffer.from('<script>')])],
    ['a text chunk', png(header(), chunk('tEXt', Buffer.from('Comment\0<script>')), pixels, end)],
    ['a color profile', png(header(), chunk('iCCP', new Uint8Array(4)), pixels, end)],
    ['two chunks of pixels', png(header(), pixels, pixels, end)],
    ['an end with content', png(header(), pixels, chunk('IEND', new Uint8Array(4)))],
    ['a wrong checksum', Uint8Array.from(color, (byte, at) => (at === color.length - 1 ? byte ^ 1 : byte))],
    ['another signature', Uint8Array.from(color, (byte, at) => (at === 1 ? byte ^ 1 : byte))],
    ['no width', png(header({ width: 0 }), pixels, end)],
    ['a side beyond the limit', png(header({ height: MAX_PICTURE_EDGE + 1 }), pixels, end)],
    ['sixteen bits', png(header({ depth: 16 }), pixels, end)],
    ['a palette', png(header({ colorType: 3 }), pixels, end)],
    ['transparency', png(header({ colorType: 6 }), pixels, end)],
    ['interlacing', png(header({ interlace: 1 }), pixels, end)],
    ['more bytes than the limit', png(header(), chunk('IDAT', new Uint8Array(MAX_PICTURE_BYTES)), end)],
    ['an SVG in its place', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ])('refuses a picture with %s', (_what, bytes) => {
    expect(isPlainPng(bytes)).toBe(false);
  });
});
