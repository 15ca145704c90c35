import { GateError } from '../errors.ts';
import type { ByteRange } from './byte-source.ts';
import { MAX_READ_BYTES } from './limits.ts';

/**
 * Throws unless `range` lies inside `size` bytes and can be read in one piece: `format/malformed` for numbers that are
 * no offsets, `format/truncated` for a range past the end, `format/limit-exceeded` for one too long to hold.
 */
export function checkRange(range: ByteRange, size: number, artifact: string | undefined): void {
  const { offset, length } = range;
  const named = artifact === undefined ? {} : { artifact };
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new GateError({
      code: 'format/malformed',
      message: `A part of ${length} bytes at offset ${offset} cannot exist.`,
      where: named,
    });
  }
  // Subtraction, because offset + length may pass 2^53 and round down.
  if (length > size - offset) {
    throw new GateError({
      code: 'format/truncated',
      message: `${length} bytes are expected at offset ${offset}, but the file ends at ${size}.`,
      where: { ...named, offset },
      nextStep: 'Fetch the file again; it is incomplete or its headers are wrong.',
    });
  }
  if (length > MAX_READ_BYTES) {
    throw new GateError({
      code: 'format/limit-exceeded',
      message: `A part of ${length} bytes is more than can be read at once (${MAX_READ_BYTES}).`,
      where: { ...named, offset },
    });
  }
}
