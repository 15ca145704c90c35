/** Whether the first bytes of a file are those of a Parquet file: PAR1. */
export function hasParquetSignature(head: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => head[at] === byte);
}

const SIGNATURE = [0x50, 0x41, 0x52, 0x31] as const;
