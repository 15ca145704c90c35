import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { parseTarHeader, BLOCK_BYTES } from '../../artifacts/tar-header.ts';
import { hasNpySignature } from '../arrays/npy.ts';
import { hasZipSignature } from '../arrays/npz.ts';
import type { ReadableFiles } from '../dataset-reader.ts';
import { SNIFFED_BYTES } from '../dataset-limits.ts';
import { hasJpegSignature } from '../images/jpeg-markers.ts';
import { hasPngSignature } from '../images/png-chunks.ts';
import { hasParquetSignature } from '../readers/parquet/parquet-signature.ts';
import { frameLength } from '../readers/tfrecord/frame-length.ts';

/** What a file of a dataset is by its content; names decide only where content cannot. */
export type DataKind = 'image' | 'array' | 'idx' | 'cifar-binary' | 'cifar-pickle' | 'table' | 'parquet' | 'arrow' | 'tfrecord' | 'webdataset';

export interface SniffedFile {
  readonly file: DatasetFile;
  /** Undefined: no data, such as a readme. */
  readonly kind: DataKind | undefined;
}

const IMAGE_NAME = /\.(?:png|jpe?g|jpe|jfif|bmp|gif|webp|tiff?)$/i;
const TABLE_NAME = /\.(?:csv|tsv|jsonl|ndjson)$/i;
const CIFAR_BINARY_NAME = /(?:^|\/)(?:(?:data|test)_batch[^/]*|train|test)\.bin$/;
/** Bytes of a record of CIFAR-10 and of CIFAR-100. */
const CIFAR_RECORD_BYTES = [3073, 3074] as const;

/** Looks at the beginning of every file; an image's name is enough, because whoever decodes it looks again. */
export async function sniffFiles(files: ReadableFiles, signal: AbortSignal): Promise<readonly SniffedFile[]> {
  const sniffed: SniffedFile[] = [];
  for (const file of files.list) {
    signal.throwIfAborted();
    if (isHidden(file.path)) continue;
    sniffed.push({ file, kind: IMAGE_NAME.test(file.path) ? 'image' : kindOf(file, await headOf(files, file)) });
  }
  return sniffed;
}

/** Files of version control and of downloads; they have a digest like all others and are no data. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}

async function headOf(files: ReadableFiles, file: DatasetFile): Promise<Uint8Array> {
  const source = await files.open(file);
  try {
    return await source.read(0, Math.min(SNIFFED_BYTES, source.size));
  } finally {
    await source.close();
  }
}

function kindOf({ path, size }: DatasetFile, head: Uint8Array): DataKind | undefined {
  if (hasPngSignature(head) || hasJpegSignature(head)) return 'image';
  if (hasNpySignature(head) || (hasZipSignature(head) && /\.npz$/i.test(path))) return 'array';
  if (hasParquetSignature(head)) return 'parquet';
  if (starts(head, 'ARROW1') || (/\.arrow$/i.test(path) && head[0] === 0xff && head[3] === 0xff)) return 'arrow';
  if (head.byteLength >= BLOCK_BYTES && parseTarHeader(head.subarray(0, BLOCK_BYTES)) !== undefined) return 'webdataset';
  if (isIdx(head) || (/(?:^|\/)[^/]*idx\d[^/]*\.gz$/i.test(path) && head[0] === 0x1f && head[1] === 0x8b)) return 'idx';
  if (head[0] === 0x1f && head[1] === 0x8b) return /\.(?:tar\.gz|tgz)$/i.test(path) ? 'webdataset' : /\.(?:csv|tsv|jsonl|ndjson)\.gz$/i.test(path) ? 'table' : undefined;
  if (CIFAR_BINARY_NAME.test(path) && CIFAR_RECORD_BYTES.some((bytes) => size > 0 && size % bytes === 0)) return 'cifar-binary';
  if (head[0] === 0x80 && (head[1] ?? 0) <= 5 && /(?:^|\/)(?:(?:data|test)_batch[^/.]*|batches\.meta|train|test|meta)$/.test(path)) return 'cifar-pickle';
  if (frameLength(head) !== undefined) return 'tfrecord';
  return TABLE_NAME.test(path) ? 'table' : undefined;
}

/** Two zero bytes, an element type, a number of dimensions: LeCun's IDX. */
function isIdx(head: Uint8Array): boolean {
  const [first, second, type = 0, dimensions = 0] = head;
  return first === 0 && second === 0 && [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e].includes(type) && dimensions >= 1 && dimensions <= 4 && head.byteLength >= 4 + 4 * dimensions;
}

function starts(head: Uint8Array, text: string): boolean {
  return Buffer.from(head.subarray(0, text.length)).toString('latin1') === text;
}
