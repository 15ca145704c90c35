import type { ByteSource } from '../../../artifacts/byte-source.ts';
import { BLOCK_BYTES, parseTarHeader, text } from '../../../artifacts/tar-header.ts';
import { windowedSource } from '../../../artifacts/windowed-source.ts';

export interface TarMember {
  readonly name: string;
  /** Of its content. */
  readonly offset: number;
  readonly size: number;
}

/** A long name or an extended header. */
const MAX_EXTENDED_BYTES = 1024 * 1024;

/**
 * The regular files of a tar archive in their order. Unlike the reader that inspects archives, this one takes what a loader of samples
 * takes and keeps no list: a shard may have any number of members. Throws an Error where the archive ends early or a header is none.
 */
export async function* tarMembers(given: ByteSource): AsyncGenerator<TarMember> {
  const source = windowedSource(given);
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= source.size;) {
    const block = await source.read(at, BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) return;
    const header = parseTarHeader(block);
    if (header === undefined) throw new Error(`At ${String(at)} of the archive a header is expected, and what is there is none.`);
    const offset = at + BLOCK_BYTES;
    const hasContent = !'123456'.includes(header.type);
    const size = hasContent ? header.size : 0;
    if (size > source.size - offset) throw new Error('The archive ends inside of a member.');
    if (header.type === 'L' || header.type === 'x') {
      if (size > MAX_EXTENDED_BYTES) throw new Error('A name in the archive is too long.');
      const content = await source.read(offset, size);
      longName = header.type === 'L' ? text(content) : (paxPath(content) ?? longName);
    } else if (header.type !== 'g' && header.type !== 'K') {
      if (header.type === '0' || header.type === '\0' || header.type === '7') yield { name: longName ?? header.name, offset, size };
      longName = undefined;
    }
    at = offset + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function paxPath(content: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(content).toString('utf8'))?.[1];
}
