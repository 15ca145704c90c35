import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fileSignature } from '../../../src/detectors/weight-statistics/file-signature.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const text = strToU8('import os\nprint(os.environ)\n'.repeat(20));

function filled(length: number, ...parts: readonly (readonly [number, string | readonly number[]])[]): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const [at, part] of parts) bytes.set(typeof part === 'string' ? strToU8(part, true) : part, at);
  return bytes;
}

const NOISE = Uint8Array.from({ length: 200 }, (_, at) => (at * 151 + 17) & 0xff);

const cases: readonly (readonly [what: RegExp, file: Uint8Array, damage: (bytes: Uint8Array) => void])[] = [
  [/zip/, zipSync({ 'code/payload.py': text }), (bytes) => (bytes[30] = 0x01)],
  [/zip/, zipSync({ a: text, b: text }, { level: 0 }), (bytes) => (bytes[8] = 77)],
  [/gzip/, gzipSync(NOISE), (bytes) => (bytes[8] = 1)],
  [/ELF/, filled(120, [0, [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]], [16, [3, 0, 62, 0]]), (bytes) => (bytes[12] = 9)],
  [/PE/, filled(200, [0, 'MZ'], [2, [0x90, 0, 3, 0, 0, 0, 4]], [0x3c, [0x80]]), (bytes) => (bytes[0x1c] = 1)],
  [/Mach-O/, filled(120, [0, [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]]), (bytes) => (bytes[4] = 99)],
  [/pickle/, filled(120, [0, [0x80, 4, 0x95, 0x40, 1]], [11, 'cposix\nsystem\n']), (bytes) => (bytes[9] = 3)],
  [/pickle/, filled(120, [0, [0x80, 2]], [2, 'cposix\nsystem\nq\x00X']), (bytes) => (bytes[8] = 0)],
  [/script/, filled(120, [0, '#!/usr/bin/env python3\nimport os\n']), (bytes) => (bytes[5] = 0)],
  [/7z/, filled(120, [0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]]), (bytes) => (bytes[6] = 7)],
  [/xz/, filled(120, [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]]), (bytes) => (bytes[6] = 7)],
  [/PNG/, filled(120, [0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]), (bytes) => (bytes[7] = 0)],
  [/JPEG/, filled(120, [0, [0xff, 0xd8, 0xff, 0xe0, 0, 16]], [6, 'JFIF']), (bytes) => (bytes[6] = 0)],
  [/Java/, filled(120, [0, [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]]), (bytes) => (bytes[7] = 1)],
  [/PDF/, filled(120, [0, '%PDF-1.7']), (bytes) => (bytes[5] = 0)],
];

describe('the beginning of a file', () => {
  it.each(cases)('%s is told, and is not when its header is damaged behind the magic', (what, file, damage) => {
    const bytes = Uint8Array.from([...file, ...new Uint8Array(Math.max(0, 120 - file.length))]);
    expect(fileSignature(bytes)).toMatch(what);
    expect(fileSignature(Uint8Array.from([0, 0, 0, ...bytes]), 3)).toMatch(what);
    expect(fileSignature(bytes, 1)).toBeUndefined();

    damage(bytes);
    expect(fileSignature(bytes)).toBeUndefined();
  });

  it('is not seen in half a header', () => {
    expect(fileSignature(zipSync({ 'code/payload.py': text }).slice(0, 40))).toBeUndefined();
    expect(fileSignature(new Uint8Array(0))).toBeUndefined();
  });

  it('is seen nowhere in half a million random bytes, nor in zeros or ones', () => {
    const random = randomSource(5, 'noise');
    const noise = Uint8Array.from({ length: 500_000 }, () => random.integer(256));
    const seen = [];
    for (let at = 0; at < noise.length; at += 1) if (fileSignature(noise.subarray(at, at + 96)) !== undefined) seen.push(at);

    expect(seen).toEqual([]);
    expect(fileSignature(new Uint8Array(200))).toBeUndefined();
    expect(fileSignature(new Uint8Array(200).fill(255))).toBeUndefined();
  });
});
