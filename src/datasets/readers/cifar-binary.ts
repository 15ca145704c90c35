import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { CIFAR_IMAGE, CIFAR_PIXELS } from './cifar/cifar-image.ts';

/** Names of classes are a few lines. */
const MAX_NAMES_BYTES = 64 * 1024;
/** Records read at a time. */
const CHUNK_RECORDS = 1024;

/** CIFAR-10 and CIFAR-100 in their binary version: one or two label bytes, then 3x32x32 pixels. */
export const cifarBinary: DatasetReader = {
  id: 'cifar-binary',
  title: 'CIFAR binary batches',
  async open(files, all) {
    const names = await classNames(all);
    return {
      kind: 'image', ...(names === undefined ? {} : { classNames: names.list }), notes: [],
      claimed: new Set([...files.map(({ path }) => path), ...(names === undefined ? [] : [names.file])]),
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) yield* recordsOf(file, all, signal);
      },
    };
  },
};

async function* recordsOf(file: DatasetFile, all: ReadableFiles, signal: AbortSignal): AsyncGenerator<RawRecord> {
  // CIFAR-100 has a coarse label in front of the fine one.
  const labelBytes = /(?:^|\/)(?:train|test)\.bin$/.test(file.path) && file.size % (CIFAR_PIXELS + 2) === 0 ? 2 : 1;
  const recordBytes = labelBytes + CIFAR_PIXELS;
  const source = await all.open(file);
  try {
    const count = Math.floor(source.size / recordBytes);
    for (let first = 0; first < count; first += CHUNK_RECORDS) {
      signal.throwIfAborted();
      const some = Math.min(CHUNK_RECORDS, count - first);
      const bytes = await source.read(first * recordBytes, some * recordBytes);
      for (let index = 0; index < some; index += 1) {
        const start = index * recordBytes + labelBytes;
        const record = first + index;
        yield {
          sample: { id: `${file.path}#${String(record)}`, label: bytes[start - 1] ?? 0, place: { file: file.path, record }, content: { ...CIFAR_IMAGE, pixels: bytes.slice(start, start + CIFAR_PIXELS) } },
        };
      }
    }
  } finally {
    await source.close();
  }
}

async function classNames(all: ReadableFiles): Promise<{ readonly file: string; readonly list: readonly string[] } | undefined> {
  const file = all.list.find(({ path }) => /(?:^|\/)(?:batches\.meta|fine_label_names)\.txt$/.test(path));
  if (file === undefined) return undefined;
  const text = new TextDecoder().decode(await all.read(file, MAX_NAMES_BYTES));
  return { file: file.path, list: text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '') };
}
