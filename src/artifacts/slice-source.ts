import { GateError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';

/** A range of another source as a source of its own; nothing is read or copied. Throws `format/truncated` when it passes the end. */
export function sliceSource(source: ByteSource, offset: number, length: number, artifact?: string): ByteSource {
  const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isRange || offset > source.size || length > source.size - offset) {
    throw new GateError({
      code: 'format/truncated',
      message: `${length} bytes from offset ${offset} are expected, but there are only ${source.size} in all.`,
      where: { ...(artifact === undefined ? {} : { artifact }), ...(isRange ? { offset } : {}) },
      nextStep: 'Fetch or pack the file again.',
    });
  }
  const readInto = source.readInto?.bind(source);
  return {
    size: length,
    async read(at, count) {
      checkRange({ offset: at, length: count }, length, artifact);
      return source.read(offset + at, count);
    },
    ...(readInto === undefined
      ? {}
      : {
          async readInto(at: number, target: Uint8Array) {
            checkRange({ offset: at, length: target.byteLength }, length, artifact);
            await readInto(offset + at, target);
          },
        }),
  };
}
