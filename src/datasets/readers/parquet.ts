import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { parquetRows } from './parquet/parquet-rows.ts';
import { chooseColumns, type Row } from './table/choose-columns.ts';
import { huggingFaceNames } from './table/hugging-face-names.ts';
import { rowContent } from './table/row-content.ts';

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
    const beginning = await beginningOf(first, all).catch((thrown: unknown) => {
      throw damaged(first, thrown);
    });
    const columns = chooseColumns(beginning.rows, settings);
    const classNames = columns.label === undefined ? undefined : huggingFaceNames(beginning.described).get(columns.label);
    return {
      ...columns.shape, ...(classNames === undefined ? {} : { classNames }), claimed: new Set(files.map(({ path }) => path)), notes: columns.notes,
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) {
          let record = 0;
          try {
            for await (const row of rowsOf(file, all, signal)) {
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

async function* rowsOf(file: DatasetFile, all: ReadableFiles, signal: AbortSignal, describe?: (metadata: ReadonlyMap<string, string | undefined>) => void): AsyncGenerator<Row> {
  const source = await all.open(file);
  try {
    yield* parquetRows(source, signal, describe);
  } finally {
    await source.close();
  }
}

async function beginningOf(file: DatasetFile, all: ReadableFiles): Promise<{ readonly rows: readonly Row[]; readonly described: string | undefined }> {
  const rows: Row[] = [];
  let described: string | undefined;
  for await (const row of rowsOf(file, all, new AbortController().signal, (metadata) => (described = metadata.get('huggingface')))) {
    rows.push(row);
    if (rows.length >= TRIED_ROWS) break;
  }
  return { rows, described };
}

function damaged(file: DatasetFile, thrown: unknown): GateError {
  if (thrown instanceof GateError) return thrown;
  return new GateError({ code: 'dataset/invalid', message: `${file.path} is no Parquet file that can be read: ${messageOf(thrown)}.`, where: { artifact: file.path }, nextStep: 'Fetch or write the file again.', cause: thrown });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
