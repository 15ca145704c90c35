import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { GateError } from '../../errors.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import type { DatasetSettings } from '../dataset-settings.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { chooseColumns, type ChosenColumns, type Row } from './table/choose-columns.ts';
import { delimitedRows } from './table/delimited-rows.ts';
import { jsonRows } from './table/json-rows.ts';
import { rowContent } from './table/row-content.ts';
import { textPieces } from './table/text-pieces.ts';

/** Rows that are looked at to tell what the columns hold. */
const TRIED_ROWS = 200;

/**
 * CSV, TSV and JSON lines, packed with gzip or not. One text column and one label column are a dataset of texts, anything else
 * one of rows. A sample's id is its file and its number in it, the header not counted.
 */
export const table: DatasetReader = {
  id: 'table',
  title: 'tables (CSV, TSV, JSON lines)',
  async open(files, all, settings) {
    const columns = await columnsOf(files, all, settings);
    return {
      ...columns.shape, claimed: new Set(files.map(({ path }) => path)), notes: columns.notes,
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const file of files) yield* recordsOf(file, all, settings, columns, signal);
      },
    };
  },
};

async function columnsOf(files: readonly DatasetFile[], all: ReadableFiles, settings: DatasetSettings): Promise<ChosenColumns> {
  const rows: Row[] = [];
  for (const file of files) {
    for await (const row of rowsOf(file, all, settings, new AbortController().signal)) {
      if (row instanceof Map) rows.push(row);
      if (rows.length >= TRIED_ROWS) return chooseColumns(rows, settings);
    }
  }
  if (rows.length > 0) return chooseColumns(rows, settings);
  throw new GateError({ code: 'dataset/invalid', message: 'The tables have no rows that can be read.', nextStep: 'Give a header and at least one row.' });
}

async function* recordsOf(file: DatasetFile, all: ReadableFiles, settings: DatasetSettings, columns: ChosenColumns, signal: AbortSignal): AsyncGenerator<RawRecord> {
  let record = 0;
  for await (const row of rowsOf(file, all, settings, signal)) {
    const place = { file: file.path, record };
    if (row instanceof Map) yield rowContent(row, columns, { id: `${file.path}#${String(record)}`, place });
    else yield brokenSample(place, row);
    record += 1;
  }
}

/** A row, or what is wrong with it. What cannot be gone on from ends the file with an error. */
async function* rowsOf(file: DatasetFile, all: ReadableFiles, settings: DatasetSettings, signal: AbortSignal): AsyncGenerator<Row | Error> {
  const source = await all.open(file);
  try {
    const pieces = textPieces(source, signal);
    const isJson = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(file.path);
    yield* isJson ? jsonRows(pieces) : delimitedRows(pieces, settings.delimiter ?? (/\.tsv(?:\.gz)?$/i.test(file.path) ? '\t' : undefined));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    yield thrown instanceof Error ? thrown : new Error(String(thrown));
  } finally {
    await source.close();
  }
}
