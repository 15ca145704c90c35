import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, RawSample, ReadableFiles } from '../dataset-reader.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { chooseColumns, type Row } from './table/choose-columns.ts';
import { rowContent } from './table/row-content.ts';
import { maskedCrc32c } from './tfrecord/crc32c.ts';
import { FRAME_HEAD_BYTES, FRAME_TAIL_BYTES, frameLength } from './tfrecord/frame-length.ts';
import { featuresOfExample, type Feature } from './tfrecord/features-of-example.ts';
import { rawImages, type RawImages } from './tfrecord/raw-images.ts';
import { rowOfFeatures } from './tfrecord/row-of-features.ts';

/** One serialized example; an image of many megapixels with room to spare. */
const MAX_RECORD_BYTES = 128 * 2 ** 20;
const TRIED_ROWS = 50;

/**
 * TFRecord files of tf.train.Example, both checksums of every record checked; images are PNG or JPEG, or raw pixels with their size beside them. What follows a damaged length
 * cannot be found again.
 */
export const tfrecord: DatasetReader = {
  id: 'tfrecord',
  title: 'TFRecord files',
  async open(files, all, settings) {
    const examples = await tried(files, all);
    const raw = rawImages(examples);
    const columns = chooseColumns(examples.flatMap((features) => rowOrNone(features, raw)), settings);
    return {
      ...columns.shape, claimed: new Set(files.map(({ path }) => path)), notes: [...columns.notes, ...(raw?.notes ?? [])],
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) {
          let record = 0;
          for await (const features of examplesOf(file, all, signal)) {
            yield recordOf(features, { id: `${file.path}#${String(record)}`, place: { file: file.path, record } });
            record += 1;
          }
        }
      },
    };

    function recordOf(features: Features | Error, of: Pick<RawSample, 'id' | 'place'>): RawRecord {
      if (features instanceof Error) return brokenSample(of.place, features);
      try {
        return rowContent(rowOfFeatures(features, raw), columns, of);
      } catch (thrown) {
        return brokenSample(of.place, thrown);
      }
    }
  },
};

type Features = ReadonlyMap<string, Feature>;

/** An example whose pixels are no image says nothing of the columns; its turn to be reported comes later. */
function rowOrNone(features: Features, raw: RawImages | undefined): readonly Row[] {
  try {
    return [rowOfFeatures(features, raw)];
  } catch {
    return [];
  }
}

async function tried(files: readonly DatasetFile[], all: ReadableFiles): Promise<readonly Features[]> {
  const examples: Features[] = [];
  for (const file of files) {
    for await (const features of examplesOf(file, all, new AbortController().signal)) {
      if (!(features instanceof Error)) examples.push(features);
      if (examples.length >= TRIED_ROWS) return examples;
    }
  }
  if (examples.length > 0) return examples;
  throw new GateError({ code: 'dataset/invalid', message: 'The TFRecord files hold no tf.train.Example.', nextStep: 'Write the records as serialized tf.train.Example.' });
}

async function* examplesOf(file: DatasetFile, all: ReadableFiles, signal: AbortSignal): AsyncGenerator<Features | Error> {
  const source = await all.open(file);
  try {
    for (let at = 0; at < source.size;) {
      signal.throwIfAborted();
      const length = at + FRAME_HEAD_BYTES <= source.size ? frameLength(await source.read(at, FRAME_HEAD_BYTES)) : undefined;
      if (length === undefined || length > MAX_RECORD_BYTES || at + FRAME_HEAD_BYTES + length + FRAME_TAIL_BYTES > source.size) {
        yield new Error(`At ${String(at)} no whole record begins, so what follows is not read.`);
        return;
      }
      const content = await source.read(at + FRAME_HEAD_BYTES, length);
      const checksum = new DataView((await source.read(at + FRAME_HEAD_BYTES + length, FRAME_TAIL_BYTES)).slice().buffer).getUint32(0, true);
      yield checksum === maskedCrc32c(content) ? parsed(content) : new Error('Its checksum is not that of its content.');
      at += FRAME_HEAD_BYTES + length + FRAME_TAIL_BYTES;
    }
  } finally {
    await source.close();
  }
}

function parsed(content: Uint8Array): Features | Error {
  try {
    return featuresOfExample(content);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
