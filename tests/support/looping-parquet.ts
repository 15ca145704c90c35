import { parquetWriteBuffer } from 'hyparquet-writer';

/** Where the description of the first data page begins, and the byte that ends a structure of Thrift's compact protocol. */
const FIELDS_OF_PAGE = 11;
const STOP = 0;

/**
 * A Parquet file whose first page does not say how many values it has, on which the library that reads it never ends. Should a later
 * version of that library refuse it, any other file that keeps it busy will do: one changed byte in a page header makes many.
 */
export function loopingParquet(): Uint8Array {
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['one', 'two', 'three', 'four'], type: 'STRING' }, { name: 'label', data: [0, 1, 0, 1], type: 'INT32' }] }));
  bytes[FIELDS_OF_PAGE] = STOP;
  return bytes;
}
