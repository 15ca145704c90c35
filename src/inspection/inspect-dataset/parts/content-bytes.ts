import type { SampleContent } from '../../../model/dataset.ts';

/** The bytes of a content in a part; numbers are little-endian, as on every platform that Node runs on. */
export function bytesOfContent(content: SampleContent): Uint8Array {
  switch (content.kind) {
    case 'image':
      return content.pixels;
    case 'series':
      return bytesOf(content.values);
    // JSON keeps half of a surrogate pair, which UTF-8 alone would not.
    case 'text':
      return Buffer.from(JSON.stringify(content.text));
    // JSON has no NaN and no infinities: a list of one text stands for such a number.
    case 'row':
      return Buffer.from(JSON.stringify(content.values.map((value) => (typeof value === 'number' && !Number.isFinite(value) ? [String(value)] : value))));
  }
}

export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Throws where the bytes are no text in JSON. */
export function textOfBytes(bytes: Uint8Array): string {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (typeof value !== 'string') throw new Error('no text');
  return value;
}

/** Throws where the bytes are no row in JSON. */
export function rowOfBytes(bytes: Uint8Array): readonly (number | string | null)[] {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!Array.isArray(value)) throw new Error('no row');
  return value.map((one: unknown) => {
    if (typeof one === 'number' || typeof one === 'string' || one === null) return one;
    if (Array.isArray(one) && one.length === 1 && ['NaN', 'Infinity', '-Infinity'].includes(String(one[0]))) return Number(one[0]);
    throw new Error('no cell');
  });
}
