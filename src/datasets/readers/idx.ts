import { GateError } from '../../errors.ts';
import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_WHOLE_FILE_BYTES } from '../dataset-limits.ts';
import { gunzip } from '../gunzip.ts';
import { openIdx, type IdxArray } from './idx/open-idx.ts';

interface IdxFile {
  readonly file: DatasetFile;
  readonly array: IdxArray;
}

/** MNIST's IDX files, packed with gzip or not: each file of images with the file of as many labels that is named after it. */
export const idx: DatasetReader = {
  id: 'idx',
  title: 'IDX files (MNIST)',
  async open(files, all) {
    const opened: IdxFile[] = [];
    for (const file of files) opened.push({ file, array: await openFile(file, all) });
    const labels = opened.filter(({ array }) => array.shape.length === 1);
    const images = opened.filter(({ array }) => array.shape.length > 1);
    if (images.length === 0) throw invalid(files[0]?.path ?? '', 'no file holds images');
    const pairs = images.map((one) => ({ ...one, labels: labelsOf(one, labels, images.length) }));
    const unlabelled = pairs.filter((one) => one.labels === undefined);
    return {
      kind: 'image', claimed: new Set(files.map(({ path }) => path)),
      notes: unlabelled.map(({ file }) => `There are no labels for ${file.path}.`),
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const { file, array, labels: answers } of pairs) {
          const [count = 0, height = 1, width = 1, channels = 1] = array.shape;
          for (let record = 0; record < count; record += 1) {
            signal.throwIfAborted();
            const label = answers?.array.row(record)[0];
            const pixels = channelsFirst(array.row(record), height * width, channels);
            yield {
              sample: { id: `${file.path}#${String(record)}`, place: { file: file.path, record }, content: { kind: 'image', channels, height, width, pixels }, ...(label === undefined ? {} : { label }) },
            };
          }
        }
      },
    };
  },
};

async function openFile(file: DatasetFile, all: ReadableFiles): Promise<IdxArray> {
  const bytes = await all.read(file, MAX_WHOLE_FILE_BYTES);
  try {
    return openIdx(await gunzip(bytes));
  } catch (thrown) {
    throw invalid(file.path, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function labelsOf({ file, array }: IdxFile, labels: readonly IdxFile[], imageFiles: number): IdxFile | undefined {
  const count = array.shape[0];
  const stem = stemOf(file.path);
  const fitting = labels.filter((one) => one.array.shape[0] === count);
  return fitting.find((one) => stemOf(one.file.path) === stem) ?? (imageFiles === 1 && fitting.length === 1 ? fitting[0] : undefined);
}

/** train-images-idx3-ubyte.gz and train-labels-idx1-ubyte belong together. */
function stemOf(path: string): string {
  return path.toLowerCase().replace(/\.gz$/, '').replace(/idx\d/, 'idx').replace(/images|labels/, '*');
}

function channelsFirst(values: Uint8Array, area: number, channels: number): Uint8Array {
  if (channels === 1) return values.slice();
  const pixels = new Uint8Array(values.length);
  for (let pixel = 0; pixel < area; pixel += 1) for (let channel = 0; channel < channels; channel += 1) pixels[channel * area + pixel] = values[pixel * channels + channel] ?? 0;
  return pixels;
}

function invalid(path: string, message: string): GateError {
  return new GateError({ code: 'dataset/invalid', message: `${path}: ${message}.`, where: { artifact: path }, nextStep: 'Fetch the file again.' });
}
