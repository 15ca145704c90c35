import type { ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';

/** What a .npy file says of its array (numpy/lib/format.py, versions 1 to 3). */
export interface NpyHeader {
  /** Where the elements begin. */
  readonly dataOffset: number;
  readonly shape: readonly number[];
  /** Whether an element or a field of it is a Python object: then a pickle follows. */
  readonly hasObjects: boolean;
  /** Bytes of one element; undefined where fields make it up. */
  readonly elementBytes: number | undefined;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** NumPy refuses longer headers unless told to trust the file (CWE-400). */
const MAX_HEADER_BYTES = 10_000;
/** NumPy's own limit. */
const MAX_DIMENSIONS = 64;

export function hasNpyMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** The header of the array at `offset`. Throws `format/truncated`, `format/malformed` or `format/limit-exceeded`. */
export async function readNpyHeader(source: ByteSource, offset: number): Promise<NpyHeader> {
  const malformed = (message: string): GateError => new GateError({ code: 'format/malformed', message, where: { offset }, nextStep: 'Save the array again with numpy.save.' });
  const start = await source.read(offset, Math.min(12, source.size - offset));
  if (start.length < 10 || !hasNpyMagic(start)) throw start.length < 10 ? truncated(offset) : malformed('An array does not begin with the signature of .npy files.');
  const major = start[6] ?? 0;
  if (major < 1 || major > 3) throw malformed(`Version ${String(major)} of the .npy format does not exist.`);
  const prefix = major === 1 ? 10 : 12;
  if (start.length < prefix) throw truncated(offset);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) {
    throw new GateError({ code: 'format/limit-exceeded', message: `The .npy header has ${String(length)} bytes; NumPy refuses more than ${String(MAX_HEADER_BYTES)}.`, where: { offset }, nextStep: 'Save the array again with fewer fields.' });
  }
  if (offset + prefix + length > source.size) throw truncated(offset);
  const text = Buffer.from(await source.read(offset + prefix, length)).toString(major === 3 ? 'utf8' : 'latin1');
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw malformed('The .npy header is no dictionary.');
  const order = /'fortran_order'\s*:\s*(True|False)\s*(?:,|$)/.exec(body)?.[1];
  const shape = /'shape'\s*:\s*\(([0-9L,\s]*)\)/.exec(body)?.[1];
  const description = /'descr'\s*:\s*(\[.*\]|'[^']*'|\(.*\))\s*,?\s*(?:'fortran_order'|'shape'|$)/s.exec(body)?.[1];
  const keys = body.match(/'(?:descr|fortran_order|shape)'\s*:/g) ?? [];
  if (order === undefined || shape === undefined || description === undefined || keys.length !== 3) throw malformed('The .npy header lacks descr, fortran_order or shape, or has one twice.');
  const sizes = shape.split(',').map((part) => part.trim().replace(/L$/, '')).filter((part) => part !== '').map(Number);
  if (sizes.length > MAX_DIMENSIONS || sizes.some((size) => !Number.isSafeInteger(size))) throw malformed('The .npy header has no possible shape.');
  return {
    dataOffset: offset + prefix + length, shape: sizes,
    hasObjects: /^'[<>|=]?O\d*'$/.test(description) || (!description.startsWith("'") && /,\s*'[<>|=]?O\d*'/.test(description)),
    elementBytes: elementBytes(description),
  };
}

function elementBytes(description: string): number | undefined {
  const match = /^'[<>|=]?([a-zA-Z?])(\d+)?(?:\[.*\])?'$/.exec(description);
  const size = Number(match?.[2] ?? Number.NaN);
  switch (match?.[1]) {
    case undefined:
      return undefined;
    case 'U':
      return 4 * size;
    case 'M':
    case 'm':
      return 8;
    case '?':
      return 1;
    default:
      return Number.isNaN(size) ? undefined : size;
  }
}

function truncated(offset: number): GateError {
  return new GateError({ code: 'format/truncated', message: 'The .npy file ends in its header.', where: { offset }, nextStep: 'Fetch or upload the file again; it was cut off.' });
}
