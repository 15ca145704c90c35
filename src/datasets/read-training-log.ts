import path from 'node:path';
import { openFileSource } from '../artifacts/file-source.ts';
import { GateError } from '../errors.ts';
import type { TrainingLog } from '../model/dataset.ts';
import { readEvents } from './read-training-log/read-events.ts';
import { logOfRows, type LogRow } from './read-training-log/log-of-rows.ts';
import { delimitedRows } from './readers/table/delimited-rows.ts';
import { parquetRows } from './readers/parquet/parquet-rows.ts';
import { hasParquetSignature } from './readers/parquet/parquet-signature.ts';
import { jsonRows } from './readers/table/json-rows.ts';
import { textPieces } from './readers/table/text-pieces.ts';
import { frameLength, FRAME_HEAD_BYTES } from './readers/tfrecord/frame-length.ts';

/**
 * What a training job wrote. A table (CSV, TSV, JSON lines, packed with gzip or not, or Parquet) has a row a step, or a row a sample and epoch:
 * `epoch`, `id` and `loss` (and `gradient_norm`) are the losses of single samples, other columns beside `step` or `epoch` scalars of the
 * run. A TensorBoard file gives its scalars. Throws `dataset/invalid`.
 */
export async function readTrainingLog(file: string, signal: AbortSignal): Promise<TrainingLog> {
  const name = path.basename(file);
  const source = await openFileSource(file, name);
  try {
    const head = await source.read(0, Math.min(FRAME_HEAD_BYTES, source.size));
    if (frameLength(head) !== undefined) return { scalars: await readEvents(source, signal) };
    if (hasParquetSignature(head)) return await logOfRows(parquetRows(source, signal), name);
    const pieces = textPieces(source, signal);
    const isJson = /\.(?:jsonl|ndjson|json)(?:\.gz)?$/i.test(name);
    return await logOfRows(plainRows(isJson ? jsonRows(pieces) : delimitedRows(pieces, /\.tsv(?:\.gz)?$/i.test(name) ? '\t' : undefined)), name);
  } catch (thrown) {
    if (thrown instanceof GateError || signal.aborted) throw thrown;
    throw new GateError({
      code: 'dataset/invalid', message: `The training log ${name} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`, where: { artifact: name },
      nextStep: 'Write a CSV with the columns epoch, id and loss.', cause: thrown,
    });
  } finally {
    await source.close();
  }
}

/** A line that is cut off at the end of a run is no reason to know nothing. */
async function* plainRows(rows: AsyncIterable<ReadonlyMap<string, unknown> | Error>): AsyncGenerator<LogRow> {
  for await (const row of rows) if (!(row instanceof Error)) yield row;
}
