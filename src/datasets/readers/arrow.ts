import { RecordBatchReader } from 'apache-arrow';
import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_WHOLE_FILE_BYTES } from '../dataset-limits.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { chooseColumns, type Row } from './table/choose-columns.ts';
import { foreignRow } from './table/foreign-row.ts';
import { huggingFaceNames } from './table/hugging-face-names.ts';
import { rowContent } from './table/row-content.ts';

const TRIED_ROWS = 200;

/** Arrow files and streams, as `save_to_disk` of Hugging Face's datasets writes them. Read batch by batch out of memory. */
export const arrow: DatasetReader = {
  id: 'arrow',
  title: 'Arrow files',
  async open(files, all, settings) {
    const tried: Row[] = [];
    let described: string | undefined;
    for (const file of files) {
      for (const { row, metadata } of rowsOf(await all.read(file, MAX_WHOLE_FILE_BYTES), file)) {
        described ??= metadata;
        tried.push(row);
        if (tried.length >= TRIED_ROWS) break;
      }
      if (tried.length >= TRIED_ROWS) break;
    }
    const columns = chooseColumns(tried, settings);
    const classNames = columns.label === undefined ? undefined : huggingFaceNames(described).get(columns.label);
    return {
      ...columns.shape, ...(classNames === undefined ? {} : { classNames }), claimed: new Set(files.map(({ path }) => path)), notes: columns.notes,
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) yield* recordsOf(file, all, columns, signal);
      },
    };
  },
};

async function* recordsOf(file: DatasetFile, all: ReadableFiles, columns: ReturnType<typeof chooseColumns>, signal: AbortSignal): AsyncGenerator<RawRecord> {
  let record = 0;
  try {
    for (const { row } of rowsOf(await all.read(file, MAX_WHOLE_FILE_BYTES), file)) {
      signal.throwIfAborted();
      yield rowContent(row, columns, { id: `${file.path}#${String(record)}`, place: { file: file.path, record } });
      record += 1;
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    yield brokenSample({ file: file.path, record }, thrown);
  }
}

function* rowsOf(bytes: Uint8Array, file: DatasetFile): Generator<{ readonly row: Row; readonly metadata: string | undefined }> {
  try {
    const reader = RecordBatchReader.from(bytes);
    for (const batch of reader) {
      const metadata = batch.schema.metadata.get('huggingface');
      // A row takes a bit at least; a length that says more was made to keep a reader busy (CWE-834).
      if (batch.numRows > 8 * bytes.byteLength) throw new Error(`a batch says that it has ${String(batch.numRows)} rows, which its bytes cannot hold`);
      for (let index = 0; index < batch.numRows; index += 1) yield { row: foreignRow(batch.get(index)?.toJSON() ?? {}), metadata };
    }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new GateError({ code: 'dataset/invalid', message: `${file.path} is no Arrow file that can be read: ${message}.`, where: { artifact: file.path }, nextStep: 'Fetch or write the file again.', cause: thrown });
  }
}
