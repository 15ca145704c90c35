import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { chooseColumns, type Row } from './table/choose-columns.ts';
import { rowContent } from './table/row-content.ts';
import { maskedCrc32c } from './tfrecord/crc32c.ts';
import { FRAME_HEAD_BYTES, FRAME_TAIL_BYTES, frameLength } from './tfrecord/frame-length.ts';
import { rowOfExample } from './tfrecord/row-of-example.ts';

/** One serialized example; an image of many megapixels with room to spare. */
const MAX_RECORD_BYTES = 128 * 2 ** 20;
const TRIED_ROWS = 50;

/** TFRecord files of tf.train.Example, both checksums of every record checked. What follows a damaged length cannot be found again. */
export const tfrecord: DatasetReader = {
  id: 'tfrecord',
  title: 'TFRecord files',
  async open(files, all, settings) {
    const columns = chooseColumns(await tried(files, all), settings);
    return {
      ...columns.shape, claimed: new Set(files.map(({ path }) => path)), notes: columns.notes,
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) {
          let record = 0;
          for await (const row of rowsOf(file, all, signal)) {
            const place = { file: file.path, record };
            yield row instanceof Error ? brokenSample(place, row) : rowContent(row, columns, { id: `${file.path}#${String(record)}`, place });
            record += 1;
          }
        }
      },
    };
  },
};

async function tried(files: readonly DatasetFile[], all: ReadableFiles): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of files) {
    for await (const row of rowsOf(file, all, new AbortController().signal)) {
      if (!(row instanceof Error)) rows.push(row);
      if (rows.length >= TRIED_ROWS) return rows;
    }
  }
  if (rows.length > 0) return rows;
  throw new GateError({ code: 'dataset/invalid', message: 'The TFRecord files hold no tf.train.Example.', nextStep: 'Write the records as serialized tf.train.Example.' });
}

async function* rowsOf(file: DatasetFile, all: ReadableFiles, signal: AbortSignal): AsyncGenerator<Row | Error> {
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

function parsed(content: Uint8Array): Row | Error {
  try {
    return rowOfExample(content);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
