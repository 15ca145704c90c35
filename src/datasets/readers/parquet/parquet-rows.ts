import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ByteSource } from '../../../artifacts/byte-source.ts';
import type { Row } from '../table/choose-columns.ts';
import { foreignRow } from '../table/foreign-row.ts';

/** A row group is decoded as a whole; writers make them of 128 MiB to 1 GiB (CWE-770). */
const MAX_ROW_GROUP_BYTES = 1024 ** 3;

/** Rows taken out of a row group at a time. */
const CHUNK_ROWS = 1000;

/**
 * The rows of a Parquet file; `describe` is given the key-value metadata before the first. Throws an Error that says what is wrong where a part is damaged.
 * When the generator has ended no read is under way any more, so that the source can be closed.
 */
export async function* parquetRows(source: ByteSource, signal: AbortSignal, describe?: (metadata: ReadonlyMap<string, string | undefined>) => void): AsyncGenerator<Row> {
  const { buffer, settled } = bufferOf(source);
  try {
    const metadata = await parquetMetadataAsync(buffer);
    for (const { total_byte_size: bytes } of metadata.row_groups) {
      if (bytes > BigInt(MAX_ROW_GROUP_BYTES)) throw new Error(`a row group has ${String(bytes)} bytes; at most ${String(MAX_ROW_GROUP_BYTES)} are read`);
    }
    describe?.(new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value])));
    const count = Number(metadata.num_rows);
    for (let from = 0; from < count; from += CHUNK_ROWS) {
      signal.throwIfAborted();
      const rows = await parquetReadObjects({ file: buffer, metadata, rowStart: from, rowEnd: Math.min(count, from + CHUNK_ROWS), compressors, utf8: false });
      if (rows.length === 0) throw new Error('it has fewer rows than it says');
      for (const row of rows) yield foreignRow(row);
    }
  } finally {
    await settled();
  }
}

/** The library reads columns side by side and gives up with the first that is damaged; the others are waited for. */
function bufferOf(source: ByteSource): { readonly buffer: AsyncBuffer; settled(): Promise<unknown> } {
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
    settled: () => Promise.allSettled(pending),
  };
}
