import { Cursor } from '../../artifacts/cursor.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import { parseLfsPointer } from '../../artifacts/lfs-pointer.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import type { PeekCompanion } from '../format-reader.ts';
import { shown } from '../oddities/shown.ts';
import { parseHeader } from '../safetensors/parse-header.ts';

/** Bytes of headers that are read for one index: those of the largest published model take some 20 MB (CWE-770). */
const MAX_HEADER_BYTES = 256 * 2 ** 20;
/** Files told, and tensors of one file: the first show what is wrong. */
const MAX_TOLD = 20;
/** Bytes in which a Git LFS pointer is known. */
const POINTER_BYTES = 1024;
/** Bytes of a safetensors header's length. */
const LENGTH_BYTES = 8;

/**
 * Files of the index that are not there, and tensors that the safetensors files do not hold although the index says so. What else is
 * wrong with a file is told in its own row.
 */
export async function absentParts(files: ReadonlyMap<string, readonly string[]>, peek: PeekCompanion, signal: AbortSignal): Promise<readonly FileOddity[]> {
  const oddities: FileOddity[] = [];
  let left = MAX_HEADER_BYTES;
  const tell = (file: string, detail: string): void => void oddities.push({ kind: 'missing-part', place: `the file ${shown(file)}`, detail });
  for (const [file, names] of files) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the index was cancelled.' });
    if (oddities.length >= MAX_TOLD) break;
    const source = await peek(file).catch((error: unknown) => error);
    if (source instanceof GateError) {
      tell(file, `Tensors of the index lie in it, and it cannot be read beside the index: ${source.message}`);
      continue;
    }
    if (!isSource(source)) throw source;
    const head = await source.read(0, Math.min(POINTER_BYTES, source.size));
    if (parseLfsPointer(head) !== undefined) {
      tell(file, 'Tensors of the index lie in it, and only its Git LFS pointer is there.');
      continue;
    }
    if (!/\.safetensors$/i.test(file)) continue;
    const length = headerLength(head, source.size);
    if (length === undefined) continue;
    left -= length;
    if (left < 0) {
      tell(file, `Whether it holds its tensors was not looked up: the headers of the files have more than ${String(MAX_HEADER_BYTES)} bytes.`);
      break;
    }
    const there = namesIn(await source.read(LENGTH_BYTES, length));
    if (there === undefined) continue;
    const absent = names.filter((name) => !there.has(name));
    if (absent.length > 0) tell(file, `It does not hold ${String(absent.length)} of the ${String(names.length)} tensors that the index says lie in it: ${absent.slice(0, MAX_TOLD).map(shown).join(', ')}${absent.length > MAX_TOLD ? ' and more' : ''}.`);
  }
  return oddities;
}

const isSource = (value: unknown): value is ByteSource => typeof value === 'object' && value !== null && 'read' in value;

/** Undefined where it cannot be one, which the file's own row says. */
function headerLength(head: Uint8Array, size: number): number | undefined {
  if (head.byteLength < LENGTH_BYTES) return undefined;
  const length = new DataView(head.buffer, head.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  return length <= BigInt(size - LENGTH_BYTES) ? Number(length) : undefined;
}

function namesIn(header: Uint8Array): ReadonlySet<string> | undefined {
  try {
    const { entries } = parseHeader(new Cursor(header).text(header.byteLength), 0);
    return new Set(entries.map(({ name }) => name));
  } catch (error) {
    if (error instanceof GateError) return undefined;
    throw error;
  }
}
