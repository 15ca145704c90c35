import { bytesBetween } from '../../artifacts/bytes-between.ts';
import { inflateSync } from 'node:zlib';
import { GateError } from '../../errors.ts';

/** "ZF", then the length as hexadecimal text, padded to 19 characters: joblib/numpy_pickle_compat.py, read_zfile. */
const PREFIX = [0x5a, 0x46, 0x30, 0x78] as const;
const HEADER_BYTES = 2 + 19;

export function hasZfilePrefix(bytes: Uint8Array): boolean {
  return PREFIX.every((byte, index) => bytes[index] === byte);
}

/** Unpacks what joblib before 0.10 compressed. The length it states has to be the length that comes out, as joblib demands. */
export function unpackZfile(bytes: Uint8Array, limit: number): Uint8Array {
  const header = Buffer.from(bytesBetween(bytes, 2, Math.min(HEADER_BYTES, bytes.length))).toString('latin1').trim().replace(/L$/, '');
  const length = /^0x[0-9a-fA-F]{1,13}$/.test(header) ? Number(header) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw malformed('The length of the compressed content is no number.');
  if (length > limit) {
    throw new GateError({ code: 'format/limit-exceeded', message: `The content states ${String(length)} bytes; ${String(limit)} are unpacked at most.`, where: { offset: 2 }, nextStep: 'Write the file again, uncompressed.' });
  }
  // Written by Python 2, the header is one character wider.
  const from = bytes[HEADER_BYTES] === 0x20 ? HEADER_BYTES + 1 : HEADER_BYTES;
  let unpacked: Uint8Array;
  try {
    unpacked = inflateSync(bytesBetween(bytes, Math.min(from, bytes.length), bytes.length), { maxOutputLength: length + 1 });
  } catch (error) {
    const isShort = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    if (isShort) throw new GateError({ code: 'format/truncated', message: 'The compressed content ends early.', where: { offset: bytes.length }, nextStep: 'Fetch or upload the file again; it was cut off.', cause: error });
    throw malformed('The compressed content is no zlib stream of the stated length.', error);
  }
  if (unpacked.length !== length) throw malformed(`The compressed content states ${String(length)} bytes and has ${String(unpacked.length)}.`);
  return unpacked;
}

function malformed(message: string, cause?: unknown): GateError {
  return new GateError({ code: 'format/malformed', message, where: { offset: 2 }, nextStep: 'Write the file again with joblib.dump.', ...(cause === undefined ? {} : { cause }) });
}
