import { constants, inflateRawSync } from 'node:zlib';

/** Bytes from which every signature below can be told. */
export const SIGNATURE_BYTES = 96;

type Test = (bytes: Uint8Array, view: DataView) => boolean;

interface Signature {
  /** With its article. */
  readonly what: string;
  readonly magic: readonly number[];
  /** What must hold besides: a magic of 16 or 32 bits alone turns up by chance among billions of weights. */
  readonly holds?: Test;
}

const ascii = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0));
const isText = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
const areZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const SIGNATURES: readonly Signature[] = [
  { what: 'a zip archive', magic: [0x50, 0x4b, 0x03, 0x04], holds: isZipMember },
  { what: 'a gzip file', magic: [0x1f, 0x8b, 0x08], holds: isGzip },
  { what: 'a Linux program (ELF)', magic: [0x7f, ...ascii('ELF')], holds: (bytes, view) => [1, 2].includes(bytes[4] ?? 0) && [1, 2].includes(bytes[5] ?? 0) && bytes[6] === 1 && areZero(bytes.subarray(9, 16)) && view.getUint16(16, bytes[5] === 1) <= 4 },
  { what: 'a Windows program (PE)', magic: ascii('MZ'), holds: isPortableExecutable },
  { what: 'a macOS program (Mach-O)', magic: [0xcf, 0xfa, 0xed, 0xfe], holds: (_, view) => [0x01000007, 0x0100000c].includes(view.getUint32(4, true)) },
  { what: 'a pickle', magic: [0x80], holds: isPickle },
  { what: 'a script', magic: ascii('#!/'), holds: (bytes) => isText(bytes.subarray(3, 12)) },
  { what: 'a PDF file', magic: ascii('%PDF-'), holds: (bytes) => isText(bytes.subarray(5, 8)) },
  { what: 'a PNG image', magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { what: 'a JPEG image', magic: [0xff, 0xd8, 0xff], holds: (bytes) => ['JFIF', 'Exif'].includes(String.fromCharCode(...bytes.subarray(6, 10))) },
  { what: 'a GIF image', magic: ascii('GIF8'), holds: (bytes) => (bytes[4] === 0x37 || bytes[4] === 0x39) && bytes[5] === 0x61 },
  { what: 'a 7z archive', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], holds: (bytes) => bytes[6] === 0 },
  { what: 'an xz file', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], holds: (bytes) => bytes[6] === 0 },
  { what: 'a bzip2 file', magic: ascii('BZh'), holds: (bytes) => [0x31, 0x41, 0x59, 0x26, 0x53, 0x59].every((byte, at) => bytes[4 + at] === byte) },
  { what: 'a RAR archive', magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], holds: (bytes) => (bytes[6] ?? 2) <= 1 },
  { what: 'a cabinet archive', magic: ascii('MSCF'), holds: (bytes) => areZero(bytes.subarray(4, 8)) },
  { what: 'a Java class', magic: [0xca, 0xfe, 0xba, 0xbe], holds: (_, view) => view.getUint16(6, false) >= 45 && view.getUint16(6, false) < 100 && view.getUint16(4, false) === 0 },
  { what: 'a WebAssembly module', magic: [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] },
  { what: 'an Office or installer file (OLE)', magic: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
  { what: 'a SQLite database', magic: ascii('SQLite format 3\0') },
  { what: 'an archive of object files', magic: ascii('!<arch>\n') },
];

const BY_FIRST_BYTE: readonly (readonly Signature[])[] = Array.from({ length: 256 }, (_, byte) => SIGNATURES.filter(({ magic }) => magic[0] === byte));

/** What file the bytes begin with; undefined for none, and where fewer than {@link SIGNATURE_BYTES} are there to tell. */
export function fileSignature(bytes: Uint8Array, at = 0): string | undefined {
  const candidates = BY_FIRST_BYTE[bytes[at] ?? 0] ?? [];
  if (candidates.length === 0 || bytes.length - at < SIGNATURE_BYTES) return undefined;
  const here = bytes.subarray(at);
  const view = new DataView(here.buffer, here.byteOffset, here.byteLength);
  return candidates.find(({ magic, holds }) => magic.every((byte, index) => here[index] === byte) && (holds?.(here, view) ?? true))?.what;
}

/** PKWARE APPNOTE 4.3.7: a local header whose version, method and lengths can be, and the beginning of a name in text. */
function isZipMember(bytes: Uint8Array, view: DataView): boolean {
  const [version, flags, method, nameLength, extraLength] = [4, 6, 8, 26, 28].map((at) => view.getUint16(at, true)) as [number, number, number, number, number];
  if ((version & 0xff) > 63 || (flags & 0xd780) !== 0 || ![0, 8, 9, 12, 14, 93, 95].includes(method)) return false;
  return nameLength > 0 && nameLength <= 1024 && extraLength <= 4096 && isText(bytes.subarray(30, Math.min(30 + nameLength, 60)));
}

/** RFC 1952, and the deflate stream behind it begins as one: a wrong bit is mostly noticed within some tens of bytes. */
function isGzip(bytes: Uint8Array): boolean {
  const [flags, extra, system] = [bytes[3] ?? 255, bytes[8] ?? 255, bytes[9] ?? 254];
  if ((flags & 0xe0) !== 0 || ![0, 2, 4].includes(extra) || (system > 13 && system !== 255)) return false;
  // A name and other optional parts come first; their texts are looked at in place of the stream.
  if (flags !== 0) return flags === 8 && isText(bytes.subarray(10, Math.max(11, bytes.indexOf(0, 10))));
  try {
    return inflateRawSync(bytes.subarray(10, SIGNATURE_BYTES), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 20 }).length > 0;
  } catch {
    return false;
  }
}

/** Reserved words of the DOS header are zero and it points to a header that lies near. */
function isPortableExecutable(bytes: Uint8Array, view: DataView): boolean {
  const next = view.getUint32(0x3c, true);
  return next >= 0x40 && next <= 0x400 && next % 4 === 0 && areZero(bytes.subarray(0x1c, 0x24)) && areZero(bytes.subarray(0x28, 0x3c));
}

/** Protocols 4 and 5 begin with a frame below 4 GiB; older ones are told by a global they call up at once. */
function isPickle(bytes: Uint8Array, view: DataView): boolean {
  const version = bytes[1] ?? 0;
  if (version === 4 || version === 5) return bytes[2] === 0x95 && view.getUint32(7, true) === 0;
  if (version !== 2 && version !== 3) return false;
  return /^c[a-z_][\w.]*\n[A-Za-z_]\w*\n/.test(String.fromCharCode(...bytes.subarray(2, SIGNATURE_BYTES)));
}
