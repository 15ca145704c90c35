import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  MAX_EXPANDED_BYTES, MAX_EXPANSION_RATIO, MAX_MEMBER_BYTES, MEMBER_HEAD_BYTES, MEMBER_TAIL_BYTES, RATIO_FREE_BYTES,
} from '../../artifacts/archive-limits.ts';
import type { Digest } from '../../artifacts/artifact.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import { decodeMember } from '../../artifacts/decode-member.ts';
import type { Notice, Unpacked } from '../../artifacts/decode-member/unpacked.ts';
import type { MemberPlace } from '../../artifacts/member-place.ts';
import { GateError, toGateError, type GateErrorData } from '../../errors.ts';
import type { ReadContext } from '../format-reader.ts';
import { textWatch } from './text-watch.ts';

/** What one pass over a member's bytes tells. With `trouble`, everything else is about the part before it. */
export interface ExaminedMember {
  readonly size: number;
  readonly digest: Digest;
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number;
  /** Packed bytes that the encoding took. */
  readonly consumed: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly isText: boolean;
  readonly trouble?: GateErrorData;
}

/** How many bytes members may still give; shared by all members of an archive. */
export interface ExpansionBudget {
  left: number;
}

/** What packed members may give, and each byte of the archive once: stored members that share bytes give more than that. */
export function expansionBudget(source: ByteSource, { expansionBytes = MAX_EXPANDED_BYTES }: Pick<ReadContext, 'expansionBytes'>): ExpansionBudget {
  return { left: expansionBytes + source.size };
}

/**
 * Passes once over a member's unpacked bytes with flat memory, however large it is: digest, checksum, first and last
 * bytes. A member that cannot be unpacked is trouble of its own and no throw, so that the others are still looked at.
 */
export function examineMember(
  source: ByteSource,
  place: Omit<MemberPlace, 'size' | 'skip'>,
  budget: ExpansionBudget,
  context: Pick<ReadContext, 'signal'>,
  notice?: Notice,
): Promise<ExaminedMember> {
  return examineContent(() => decodeMember(source, place, notice), place, budget, context);
}

/** The same for bytes that somebody else unpacks; `place` is what they are packed in, for the ratio and for errors. */
export async function examineContent(
  unpack: () => Unpacked,
  place: Pick<MemberPlace, 'offset' | 'length' | 'encoding'>,
  budget: ExpansionBudget,
  context: Pick<ReadContext, 'signal'>,
): Promise<ExaminedMember> {
  const digest = createHash('sha256');
  const ends = endsOf();
  const text = textWatch();
  let size = 0;
  let checksum = 0;
  const facts = (consumed: number, trouble?: GateError): ExaminedMember => ({
    size, digest: `sha256:${digest.digest('hex')}`, checksum, consumed, ...ends.taken(), isText: text.isText() && trouble === undefined,
    ...(trouble === undefined ? {} : { trouble: trouble.toData() }),
  });
  try {
    const pieces = unpack();
    for (;;) {
      const { value, done } = await pieces.next();
      if (done === true) return facts(value);
      if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the archive was cancelled.' });
      size += value.byteLength;
      budget.left -= value.byteLength;
      const excess = excessOf(size, place, budget);
      if (excess !== undefined) {
        await pieces.return(0);
        throw new GateError({ code: 'format/limit-exceeded', message: excess, where: { offset: place.offset }, nextStep: 'Unpack it and gate what it holds.' });
      }
      digest.update(value);
      checksum = crc32(value, checksum);
      ends.add(value);
      text.add(value);
    }
  } catch (thrown) {
    const error = toGateError(thrown, 'format/malformed');
    if (error.code === 'inspection/cancelled' || error.code.startsWith('artifact/')) throw error;
    return facts(0, error);
  }
}

function excessOf(size: number, { encoding, length: packed }: Pick<MemberPlace, 'encoding' | 'length'>, budget: ExpansionBudget): string | undefined {
  if (budget.left < 0) return 'The members of the archive unpack to more bytes than are unpacked for one file.';
  // What is merely stored takes no memory and grows by nothing, unless members share bytes.
  if (encoding === 'stored') return undefined;
  if (size > MAX_MEMBER_BYTES) return `The packed member unpacks to more than ${MAX_MEMBER_BYTES} bytes.`;
  if (size > RATIO_FREE_BYTES && size > MAX_EXPANSION_RATIO * packed) {
    return `The member unpacks to more than ${MAX_EXPANSION_RATIO} times its ${packed} packed bytes, as a decompression bomb does.`;
  }
  return undefined;
}

/** Keeps copies of the first and the last bytes of what passes. */
function endsOf(): { add(piece: Uint8Array): void; taken(): { head: Uint8Array; tail: Uint8Array } } {
  const heads: Uint8Array[] = [];
  let headBytes = 0;
  let tail = new Uint8Array(0);
  return {
    add(piece) {
      if (headBytes < MEMBER_HEAD_BYTES) {
        const part = piece.slice(0, MEMBER_HEAD_BYTES - headBytes);
        heads.push(part);
        headBytes += part.byteLength;
      }
      const last = piece.slice(-MEMBER_TAIL_BYTES);
      tail = last.byteLength === MEMBER_TAIL_BYTES ? last : Uint8Array.from([...tail, ...last].slice(-MEMBER_TAIL_BYTES));
    },
    taken: () => ({ head: Uint8Array.from(Buffer.concat(heads)), tail }),
  };
}
