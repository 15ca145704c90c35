import { partOf } from './part-of.ts';

export const BLOCK_BYTES = 512;

/** The fields of a tar header that matter here (POSIX.1-2017, "ustar Interchange Format"). */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly linkName: string;
  readonly isUstar: boolean;
}

/** The header in one block; undefined when its checksum or a number is wrong. */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  const stated = octal(partOf(block, 148, 8));
  if (stated === undefined || block[0] === 0) return undefined;
  let [unsigned, signed] = [0, 0];
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    // Old programs summed signed characters.
    signed += byte < 0x80 ? byte : byte - 256;
  }
  if (stated !== unsigned && stated !== signed) return undefined;
  const size = number(partOf(block, 124, 12));
  if (size === undefined) return undefined;
  const magic = Buffer.from(partOf(block, 257, 6)).toString('latin1');
  const isUstar = magic.startsWith('ustar');
  // GNU tar puts other things where POSIX has the prefix, and says so by a blank in the magic.
  const prefix = magic === 'ustar\0' ? text(partOf(block, 345, 155)) : '';
  const name = text(partOf(block, 0, 100));
  return {
    name: prefix === '' ? name : `${prefix}/${name}`, size, isUstar,
    type: String.fromCharCode(block[156] ?? 0), linkName: text(partOf(block, 157, 100)),
  };
}

/** Octal digits, or GNU's binary form for large numbers: the high bit, then a big-endian number. */
function number(field: Uint8Array): number | undefined {
  const first = field[0] ?? 0;
  if (first < 0x80) return octal(field);
  if (first !== 0x80) return undefined;
  let value = 0;
  for (const byte of partOf(field, 1, field.byteLength - 1)) value = value * 256 + byte;
  return Number.isSafeInteger(value) ? value : undefined;
}

function octal(field: Uint8Array): number | undefined {
  const digits = Buffer.from(field).toString('latin1').replace(/[\0 ].*$/s, (rest) => (/^[\0 ]*$/.test(rest) ? '' : rest)).trimStart();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Up to the first zero byte; UTF-8 where it is. */
export function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : partOf(field, 0, end);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
