import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { chooseColumns, type Row } from './table/choose-columns.ts';
import { foreignRow } from './table/foreign-row.ts';
import { huggingFaceNames } from './table/hugging-face-names.ts';
import { rowContent } from './table/row-content.ts';

/** A row group is decoded as a whole; writers make them of 128 MiB to 1 GiB (CWE-770). */
const MAX_ROW_GROUP_BYTES = 1024 ** 3;

/** Rows taken out of a row group at a time. */
const CHUNK_ROWS = 1000;
const TRIED_ROWS = 200;

/**
 * Parquet files, as Hugging Face's datasets keep their shards: `data/train-00000-of-00005.parquet`. Class names are taken from the
 * description that library leaves in the file. A sample's id is its file and the number of its row.
 */
export const parquet: DatasetReader = {
  id: 'parquet',
  title: 'Parquet files',
  async open(files, all, settings) {
    const [first] = files;
    if (first === undefined) throw new GateError({ code: 'dataset/invalid', message: 'There are no Parquet files.' });
    const beginning = await withFile(first, all, async (buffer) => {
      const metadata = await parquetMetadataAsync(buffer);
      return { metadata, rows: await rowsOf(buffer, metadata, 0, TRIED_ROWS) };
    }).catch((thrown: unknown) => {
      throw damaged(first, thrown);
    });
    const columns = chooseColumns(beginning.rows, settings);
    const described = beginning.metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    const classNames = columns.label === undefined ? undefined : huggingFaceNames(described).get(columns.label);
    return {
      ...columns.shape, ...(classNames === undefined ? {} : { classNames }), claimed: new Set(files.map(({ path }) => path)), notes: columns.notes,
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) {
          let record = 0;
          try {
            for await (const row of allRows(file, all, signal)) {
              yield rowContent(row, columns, { id: `${file.path}#${String(record)}`, place: { file: file.path, record } });
              record += 1;
            }
          } catch (thrown) {
            if (signal.aborted) throw thrown;
            yield brokenSample({ file: file.path, record }, thrown instanceof GateError ? thrown : new Error(`The file cannot be read from row ${String(record)} on: ${messageOf(thrown)}`));
          }
        }
      },
    };
  },
};

async function* allRows(file: DatasetFile, all: ReadableFiles, signal: AbortSignal): AsyncGenerator<Row> {
  const { buffer, close } = await openBuffer(file, all);
  try {
    const metadata = await parquetMetadataAsync(buffer);
    const count = Number(metadata.num_rows);
    for (let from = 0; from < count; from += CHUNK_ROWS) {
      signal.throwIfAborted();
      const rows = await rowsOf(buffer, metadata, from, Math.min(count, from + CHUNK_ROWS));
      if (rows.length === 0) throw new Error('it has fewer rows than it says');
      yield* rows;
    }
  } finally {
    await close();
  }
}

async function rowsOf(file: AsyncBuffer, metadata: FileMetaData, rowStart: number, rowEnd: number): Promise<readonly Row[]> {
  for (const { total_byte_size: bytes } of metadata.row_groups) {
    if (bytes > BigInt(MAX_ROW_GROUP_BYTES)) throw new Error(`a row group has ${String(bytes)} bytes; at most ${String(MAX_ROW_GROUP_BYTES)} are read`);
  }
  const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors, utf8: false });
  return rows.map(foreignRow);
}

async function withFile<T>(file: DatasetFile, all: ReadableFiles, use: (buffer: AsyncBuffer) => Promise<T>): Promise<T> {
  const { buffer, close } = await openBuffer(file, all);
  try {
    return await use(buffer);
  } finally {
    await close();
  }
}

/** The library reads columns side by side and gives up with the first that is damaged: the file is closed when the others are done. */
async function openBuffer(file: DatasetFile, all: ReadableFiles): Promise<{ readonly buffer: AsyncBuffer; close(): Promise<void> }> {
  const source = await all.open(file);
  const pending = new Set<Promise<unknown>>();
  const slice = async (from: number, length: number): Promise<ArrayBuffer> => (await source.read(from, length)).slice().buffer;
  return {
    buffer: {
      byteLength: source.size,
      slice(start, end = source.size) {
        const from = start < 0 ? Math.max(0, source.size + start) : start;
        // At once and not as a promise: the library asks for several parts and listens to the first that fails.
        if (!(from <= end && end <= source.size)) throw new Error('it says that some of its data lie outside of the file');
        const bytes = slice(from, end - from);
        pending.add(bytes);
        bytes.then(() => pending.delete(bytes), () => undefined);
        return bytes;
      },
    },
    async close() {
      await Promise.allSettled(pending);
      await source.close();
    },
  };
}

function damaged(file: DatasetFile, thrown: unknown): GateError {
  if (thrown instanceof GateError) return thrown;
  return new GateError({ code: 'dataset/invalid', message: `${file.path} is no Parquet file that can be read: ${messageOf(thrown)}.`, where: { artifact: file.path }, nextStep: 'Fetch or write the file again.', cause: thrown });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
