import type { ByteSource } from './byte-source.ts';
import { bunzipped } from './decode-member/bunzipped.ts';
import { gunzipped } from './decode-member/gunzipped.ts';
import { inflated } from './decode-member/inflated.ts';
import { storedChunks } from './decode-member/stored-chunks.ts';
import { unlzma2Raw, unlzmaAlone, unlzmaRaw, unlzmaZip } from './decode-member/unlzma.ts';
import type { Notice, Unpacked } from './decode-member/unpacked.ts';
import { unxz } from './decode-member/unxz.ts';
import { unzstd } from './decode-member/unzstd.ts';
import type { MemberPlace } from './member-place.ts';

/**
 * Unpacks a member piece by piece with flat memory. Returns how many packed bytes the encoding took: fewer than the place
 * holds means that something lies behind the packed stream. Throws `format/malformed` or `format/truncated` for a stream
 * that breaks its format, and `format/unsupported` for what this platform cannot undo. A wrong checksum is a notice: the
 * content is there, and programs that do not look at checksums read it. How much comes out is for the caller to bound:
 * nothing is unpacked that is not asked for.
 */
export function decodeMember(source: ByteSource, { offset, length, encoding, properties = '' }: Omit<MemberPlace, 'size' | 'skip'>, notice: Notice = () => undefined): Unpacked {
  switch (encoding) {
    case 'stored':
      return storedChunks(source, offset, length);
    case 'deflate':
    case 'zlib':
      return inflated(storedChunks(source, offset, length), encoding, offset);
    case 'gzip':
      return gunzipped(source, offset, length, notice);
    case 'bzip2':
      return bunzipped(source, offset, length, notice);
    case 'xz':
      return unxz(source, offset, length, notice);
    case 'lzma':
      return unlzmaAlone(source, offset, length);
    case 'lzma-zip':
      return unlzmaZip(source, offset, length);
    case 'lzma-7z':
      return unlzmaRaw(source, offset, length, properties);
    case 'lzma2-7z':
      return unlzma2Raw(source, offset, length, properties);
    case 'zstd':
      return unzstd(source, offset, length);
  }
}
