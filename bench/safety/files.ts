import { open, writeFile } from 'node:fs/promises';
import { zipSync } from 'fflate';

const MEGABYTE = 1_000_000;
const GIBIBYTE = 2 ** 30;

export interface BenchFile {
  readonly title: string;
  readonly name: string;
  /** Seconds it may take; undefined where hashing the same bytes is the measure. */
  readonly aimSeconds?: number;
  readonly isPickle?: boolean;
  readonly write: (file: string) => Promise<void>;
}

const short = (text: string): Buffer => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)]);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A pickle of protocol 4 whose list holds what `element` gives, up to so many bytes or elements. */
function listOf(element: (index: number) => Buffer, enough: (bytes: number, count: number) => boolean): Buffer {
  const parts = [latin1('\x80\x04](')];
  let bytes = 0;
  for (let index = 0; !enough(bytes, index); index += 1) {
    const part = element(index);
    parts.push(part);
    bytes += part.length;
    if (index % 1000 === 999) parts.push(latin1('e('));
  }
  return Buffer.concat([...parts, latin1('e.')]);
}

const hundredMegabytes = (bytes: number): boolean => bytes >= 100 * MEGABYTE;

function pickle(title: string, aimSeconds: number, make: () => Buffer): BenchFile {
  return { title, name: 'file.pkl', aimSeconds, isPickle: true, write: (file) => writeFile(file, make()) };
}

/** Ordinary weights: small numbers on both sides of zero, one piece again and again. */
function weights(): Buffer {
  const values = Float32Array.from({ length: 2 ** 20 }, (_, index) => Math.sin(index * 12.9898) * 0.05);
  return Buffer.from(values.buffer);
}

/** Four tensors of float32. A sparse file needs no disk and measures none; its weights are zeros. */
function safetensors(title: string, gibibytes: number, isSparse: boolean): BenchFile {
  return {
    title, name: 'model.safetensors',
    write: async (file) => {
      const each = (gibibytes * GIBIBYTE) / 4;
      const header = JSON.stringify(Object.fromEntries([0, 1, 2, 3].map((index) =>
        [`layers.${index}.weight`, { dtype: 'F32', shape: [each / 4 / 1024, 1024], data_offsets: [index * each, (index + 1) * each] }])));
      const text = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      const handle = await open(file, 'w');
      await handle.write(Buffer.concat([length, text]));
      const piece = weights();
      if (isSparse) await handle.truncate(8 + text.length + 4 * each);
      else for (let written = 0; written < 4 * each; written += piece.length) await handle.write(piece);
      await handle.close();
    },
  };
}

export function benchFiles(gibibytes: number): readonly BenchFile[] {
  return [
    // What a checkpoint is mostly made of.
    pickle('100 MB pickle: arrays', 10, () => {
      const array = Buffer.alloc(MEGABYTE, 7);
      const head = Buffer.concat([latin1('B'), Buffer.from(Uint32Array.of(array.length).buffer)]);
      return listOf(() => Buffer.concat([head, array]), hundredMegabytes);
    }),
    pickle('100 MB pickle: texts, each remembered', 10, () => listOf((index) => Buffer.concat([short(`feature number ${String(index)}`), latin1('\x94')]), hundredMegabytes)),
    pickle('100 MB pickle: pairs of numbers, each remembered', 10, () => listOf((index) => latin1(`K${String.fromCharCode(index % 256)}K\x01\x86\x94`), hundredMegabytes)),
    pickle('a million opcodes: numbers, texts, dictionaries', 2, () =>
      listOf((index) => Buffer.concat([latin1('}\x94('), short(`k${String(index % 50)}`), latin1('\x94K\x01'), short('v'), latin1('\x94M\x10\x27u')]), (_, count) => count * 9 >= MEGABYTE)),
    pickle('a million opcodes: calls', 2, () =>
      Buffer.concat([latin1('\x80\x04'), short('collections'), latin1('\x94'), short('OrderedDict'), latin1('\x94\x93\x94'), listOf(() => latin1('h\x02)R\x94'), (_, count) => count * 4 >= MEGABYTE).subarray(2)])),
    {
      title: 'a zip of 100 small pickles', name: 'many.zip',
      write: (file) => writeFile(file, zipSync(Object.fromEntries(Array.from({ length: 100 }, (_, index) =>
        [`member-${index}.pkl`, Buffer.concat([latin1('\x80\x04}('), short('name'), short(`member ${index}`), latin1('u.')])])))),
    },
    safetensors(`${gibibytes} GiB of safetensors, sparse`, gibibytes, true),
    safetensors(`${gibibytes} GiB of safetensors`, gibibytes, false),
  ];
}
