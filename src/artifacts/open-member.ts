import { GateError } from '../errors.ts';
import { MAX_ARCHIVE_DEPTH, MAX_MEMBER_BYTES } from './archive-limits.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeMember } from './decode-member.ts';
import type { MemberPlace } from './member-place.ts';
import { memorySource } from './memory-source.ts';
import { sliceSource } from './slice-source.ts';

/**
 * Opens a member by where it lies: `places` leads from the file through every container to the member. Stored members are
 * read by range and never held; packed ones are unpacked into memory, at most {@link MAX_MEMBER_BYTES} and exactly as many
 * bytes as the place says. Throws `format/limit-exceeded`, and what {@link decodeMember} throws.
 */
export async function openMember(file: ByteSource, places: readonly MemberPlace[], path: string): Promise<ByteSource> {
  if (places.length > MAX_ARCHIVE_DEPTH) throw tooMuch(`lies ${places.length} archives deep; ${MAX_ARCHIVE_DEPTH} are opened`, path);
  let source = file;
  for (const place of places) source = await open(source, place, path);
  return source;
}

async function open(source: ByteSource, place: MemberPlace, path: string): Promise<ByteSource> {
  const { offset, length, encoding, size, skip = 0, properties } = place;
  const packed = sliceSource(source, offset, length, path);
  if (encoding === 'stored') return sliceSource(packed, skip, size, path);
  if (size > MAX_MEMBER_BYTES) throw tooMuch(`unpacks to ${size} bytes; at most ${MAX_MEMBER_BYTES} are held`, path);
  const bytes = new Uint8Array(size);
  let passed = 0;
  const isShared = place.skip !== undefined;
  for await (const piece of decodeMember(packed, { offset: 0, length, encoding, ...(properties === undefined ? {} : { properties }) })) {
    const wanted = piece.subarray(Math.min(piece.byteLength, Math.max(0, skip - passed)));
    const at = Math.max(0, passed - skip);
    // What comes behind a member that shares its stream belongs to the next one.
    if (wanted.byteLength > size - at && !isShared) throw changed(path);
    bytes.set(wanted.subarray(0, size - at), at);
    passed += piece.byteLength;
    if (isShared && passed >= skip + size) return memorySource(bytes, path);
  }
  if (passed !== skip + size) throw changed(path);
  return memorySource(bytes, path);
}

function tooMuch(what: string, path: string): GateError {
  return new GateError({
    code: 'format/limit-exceeded',
    message: `The member ${what}.`,
    where: { artifact: path },
    nextStep: 'Unpack it and gate what it holds.',
  });
}

function changed(path: string): GateError {
  return new GateError({
    code: 'artifact/changed',
    message: 'The member has another length than when its archive was listed.',
    where: { artifact: path },
    nextStep: 'Run again when nothing writes to the file.',
  });
}
