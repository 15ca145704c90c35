import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_WHOLE_FILE_BYTES } from '../dataset-limits.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { CIFAR_IMAGE, CIFAR_PIXELS } from './cifar/cifar-image.ts';
import { readPickledData, type PickledArray, type PickledValue } from './cifar-pickle/read-pickled-data.ts';

interface Batch {
  readonly pixels: PickledArray;
  readonly labels: readonly PickledValue[];
}

/** CIFAR-10 and CIFAR-100 in their Python version: pickles of a dictionary with an array and a list, read as data and never run. */
export const cifarPickle: DatasetReader = {
  id: 'cifar-pickle',
  title: 'CIFAR pickled batches',
  async open(files, all) {
    const batches = files.filter(({ path }) => !isMeta(path));
    const meta = files.find(({ path }) => isMeta(path));
    const names = meta === undefined ? undefined : classNames(await read(meta, all));
    return {
      kind: 'image', ...(names === undefined ? {} : { classNames: names }), notes: [], claimed: new Set(files.map(({ path }) => path)),
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of batches) {
          signal.throwIfAborted();
          yield* recordsOf(file, await read(file, all));
        }
      },
    };
  },
};

function isMeta(path: string): boolean {
  return /(?:^|\/)(?:batches\.)?meta$/.test(path);
}

async function read(file: DatasetFile, all: ReadableFiles): Promise<ReadonlyMap<string, PickledValue>> {
  const bytes = await all.read(file, MAX_WHOLE_FILE_BYTES);
  try {
    const value = readPickledData(bytes);
    if (value instanceof Map) return value;
    throw new Error('it is not a dictionary');
  } catch (thrown) {
    throw new GateError({
      code: 'dataset/invalid', message: `${file.path} is no batch of CIFAR: ${thrown instanceof Error ? thrown.message : String(thrown)}.`, where: { artifact: file.path },
      nextStep: 'Fetch the original file again; a pickle that does more than hold arrays must not be loaded.', cause: thrown,
    });
  }
}

function* recordsOf(file: DatasetFile, content: ReadonlyMap<string, PickledValue>): Generator<RawRecord> {
  const batch = batchOf(content);
  if (batch === undefined) {
    yield brokenSample({ file: file.path }, new Error('The dictionary has no array "data" of 3,072 bytes a row with a list of as many labels.'));
    return;
  }
  for (const [record, label] of batch.labels.entries()) {
    const place = { file: file.path, record };
    if (typeof label !== 'number') {
      yield brokenSample(place, new Error('Its label is no number.'));
      continue;
    }
    const pixels = batch.pixels.bytes.slice(record * CIFAR_PIXELS, (record + 1) * CIFAR_PIXELS);
    yield { sample: { id: `${file.path}#${String(record)}`, label, place, content: { ...CIFAR_IMAGE, pixels } } };
  }
}

function batchOf(content: ReadonlyMap<string, PickledValue>): Batch | undefined {
  const pixels = content.get('data');
  const labels = content.get('fine_labels') ?? content.get('labels');
  if (!isArray(pixels) || !Array.isArray(labels)) return undefined;
  const isImages = pixels.dataType === 'u1' && pixels.shape.length === 2 && pixels.shape[1] === CIFAR_PIXELS && pixels.shape[0] === labels.length;
  return isImages ? { pixels, labels } : undefined;
}

function classNames(content: ReadonlyMap<string, PickledValue>): readonly string[] | undefined {
  const names = content.get('fine_label_names') ?? content.get('label_names');
  return Array.isArray(names) && names.every((one): one is string => typeof one === 'string') ? names : undefined;
}

function isArray(value: PickledValue | undefined): value is PickledArray {
  return typeof value === 'object' && value !== null && 'dataType' in value;
}
