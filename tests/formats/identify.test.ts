import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import { identifyFormat, identifyFormats } from '../../src/formats/identify.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { onnx } from '../../src/formats/onnx.ts';
import { acceptFixtures } from '../onnx/onnx-fixtures.ts';

function errorOf(head: Uint8Array, path: string, readers: readonly FormatReader[] = formatReaders): GateError {
  try {
    identifyFormat(head, path, readers);
  } catch (error) {
    if (error instanceof GateError) return error;
  }
  throw new Error('nothing was thrown');
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const padded = (bytes: Uint8Array, length = 300): Uint8Array => {
  const result = new Uint8Array(Math.max(length, bytes.byteLength));
  result.set(bytes);
  return result;
};

describe('an ONNX file', () => {
  it.each(acceptFixtures)('$name is identified by its bytes, whatever its name', ({ bytes, name }) => {
    // No IR version comes first in "merged"; its name helps.
    expect(identifyFormat(bytes, name === 'merged' ? 'model.onnx' : 'weights.dat', formatReaders)).toBe(onnx);
  });

  it.each([16, 64, 256, 4096])('is identified by its first %i bytes', (length) => {
    for (const { bytes, name } of acceptFixtures) {
      expect(identifyFormat(bytes.slice(0, length), 'model.onnx', formatReaders), name).toBe(onnx);
    }
  });

  it('is what a name says when the bytes say nothing else', () => {
    expect(identifyFormat(bytesOf('garbage\0of no kind'), 'Model.ONNX', formatReaders)).toBe(onnx);
  });
});

const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 123\n`;

const strangers: readonly (readonly [string, Uint8Array, string])[] = [
  ['ORT', padded(bytesOf('\x1c\0\0\0ORTM')), 'ORT'],
  ['HTML', bytesOf('\n<!DOCTYPE html><html>404</html>'), 'web page'],
  ['JSON', bytesOf('{"model": 1}'), 'JSON'],
  ['ELF', padded(bytesOf('\x7fELF')), 'executable'],
  ['script', bytesOf('#!/bin/sh\n'), 'executable'],
];

describe('a text in place of a model', () => {
  it.each(['m.onnx', 'm.safetensors', 'm.gguf', 'm.h5', 'm.pt'])('is called a text, whatever its name claims: %s', (path) => {
    expect(errorOf(bytesOf('Entry not found'), path)).toMatchObject({ code: 'format/unrecognized', message: expect.stringContaining('The file is a text,') as string });
  });

  it('is still read by the formats that are texts', () => {
    expect(identifyFormat(bytesOf('tree\nversion=v4\nnum_class=1\n'), 'm.txt', formatReaders).meta.id).toBe('lightgbm');
  });
});

describe('an archive', () => {
  it('is identified by its bytes, and a zip from its end too', () => {
    const zipped = readFileSync(path.join(import.meta.dirname, '../../fixtures/formats/zip/odd/prepended.zip'));
    const end = { tail: zipped.subarray(-100), size: zipped.byteLength };

    expect(identifyFormat(padded(bytesOf('PK\x03\x04')), 'model.onnx', formatReaders).meta.id).toBe('zip');
    expect(() => identifyFormats({ head: zipped, path: 'x' }, formatReaders)).toThrow(/executable/);
    expect(identifyFormats({ head: zipped, end, path: 'x' }, formatReaders).map((one) => one.meta.id)).toEqual(['zip']);
  });

  it('that is something else as well is identified as both', () => {
    const both = readFileSync(path.join(import.meta.dirname, '../../fixtures/formats/zip/accept/python-stored.zip'));
    const gzipped = Uint8Array.from([0x1f, 0x8b, 8, ...both.subarray(3)]);

    expect(identifyFormats({ head: gzipped, end: { tail: gzipped, size: gzipped.byteLength }, path: 'x' }, formatReaders).map((one) => one.meta.id).sort()).toEqual(['gzip', 'zip']);
  });
});

describe('another file', () => {
  it.each(strangers)('%s is named in the error, even under the name of an ONNX file', (_, bytes, named) => {
    const error = errorOf(bytes, 'model.onnx');

    // What runs when it is opened is no file that merely nobody knows.
    expect(error.code).toBe(/executable|pickle/.test(named) ? 'format/unsupported' : 'format/unrecognized');
    expect(error.message).toContain(named);
    expect(error.nextStep).toBeDefined();
  });

  it('that is a Git LFS pointer is told apart', () => {
    expect(errorOf(bytesOf(LFS), 'model.onnx').code).toBe('artifact/pointer');
  });

  it('that is empty is told apart', () => {
    expect(errorOf(new Uint8Array(0), 'model.onnx')).toMatchObject({ code: 'format/unrecognized', message: 'The file is empty.' });
  });

  it('of no known kind says that none of the formats fits', () => {
    expect(errorOf(bytesOf('what\0is this'), 'file.bin').message).toMatch(/none of the \d+ formats/);
  });

  it('of a format that is protobuf too is not taken for ONNX', () => {
    // A TensorFlow SavedModel: schema version 1, then a message where ONNX has the producer's name.
    const savedModel = padded(Uint8Array.of(0x08, 0x01, 0x12, 0xc0, 0x84, 0x3d, 0x0a, 0x80, 0x02, 0x0a));
    // A Core ML model: version 4, then its description.
    const coreMl = padded(Uint8Array.of(0x08, 0x04, 0x12, 0x20, 0x0a, 0x10, 0x0a, 0x05, 0x69, 0x6d, 0x61, 0x67, 0x65));
    // A Caffe network: its name, then layers at 100.
    const caffe = joinName('LeNet', [0xa2, 0x06, 0x03, 0x0a, 0x01, 0x78]);

    for (const head of [savedModel, coreMl, caffe]) expect(errorOf(head, 'model.pb').code).toBe('format/unrecognized');
  });

  it('that two readers are certain of is ambiguous', () => {
    const greedy: FormatReader = { ...onnx, meta: { ...onnx.meta, id: 'greedy', title: 'Greedy' }, match: () => 'certain' };
    const [fixture] = acceptFixtures;

    expect(errorOf(fixture?.bytes ?? new Uint8Array(1), 'model.onnx', [onnx, greedy])).toMatchObject({ code: 'format/ambiguous' });
  });
});

function joinName(name: string, rest: readonly number[]): Uint8Array {
  return Uint8Array.of(0x0a, name.length, ...bytesOf(name), ...rest);
}
