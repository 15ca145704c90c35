import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import { shown } from '../oddities/shown.ts';
import { GGML_TYPES } from './ggml-types.ts';
import type { GgufHeader, GgufTensor } from './read-header.ts';

export interface PlacedTensor {
  readonly tensor: GgufTensor;
  /** Absent where the type is not known, and so its size. */
  readonly range?: ByteRange;
}

export interface Layout {
  readonly placed: readonly PlacedTensor[];
  readonly oddities: readonly FileOddity[];
  readonly unclaimed: readonly ByteRange[];
}

/** How many oddities of one kind are worth listing. */
const MAX_TOLD = 100;
/** Bytes of a gap that are looked at: padding is shorter, and of what is longer the beginning tells enough. */
const MAX_LOOKED = 2 ** 16;

/**
 * Where the tensors lie: inside of the file (else an error), aligned, not on each other, and with nothing but padding between. Writers
 * put them one behind the other in the order of the header, and llama.cpp refuses what is not so; other programs do not.
 */
export async function layOut({ tensors, dataOffset, alignment }: GgufHeader, source: ByteSource): Promise<Layout> {
  const placed = tensors.map((tensor): PlacedTensor => {
    const length = lengthOf(tensor);
    const offset = dataOffset + tensor.offset;
    if (offset + (length ?? 0) > source.size) throw outside(tensor, offset, length, source.size);
    return length === undefined ? { tensor } : { tensor, range: { offset, length } };
  });
  const oddities: FileOddity[] = [];
  const tell = (oddity: FileOddity): void => {
    if (oddities.filter(({ kind }) => kind === oddity.kind).length < MAX_TOLD) oddities.push(oddity);
  };
  const names = new Set<string>();
  for (const { tensor } of placed) {
    if (names.has(tensor.name)) tell({ kind: 'duplicate-key', place: `tensor ${shown(tensor.name)}`, detail: 'Two tensors have this name.' });
    names.add(tensor.name);
    if (tensor.offset % alignment !== 0) tell({ kind: 'misaligned-data', place: `tensor ${shown(tensor.name)}`, detail: `It begins at data byte ${String(tensor.offset)}, which is no multiple of ${String(alignment)}.` });
  }
  const isWholeKnown = placed.every(({ range }) => range !== undefined);
  const inOrder = placed.flatMap(({ tensor, range }) => (range === undefined || range.length === 0 ? [] : [{ tensor, range }])).sort((one, other) => one.range.offset - other.range.offset);
  const unclaimed: ByteRange[] = [];
  let end = dataOffset;
  for (const { tensor, range } of inOrder) {
    if (range.offset < end) tell({ kind: 'overlapping-data', place: `tensor ${shown(tensor.name)}`, bytes: range, detail: `It begins at byte ${String(range.offset)}, before the one in front of it ends at ${String(end)}.` });
    else if (isWholeKnown) unclaimed.push(...(await filled(source, end, range.offset, alignment)));
    end = Math.max(end, range.offset + range.length);
  }
  if (isWholeKnown) unclaimed.push(...(await filled(source, Math.min(end, source.size), source.size, alignment)));
  for (const bytes of unclaimed.slice(0, MAX_TOLD)) tell({ kind: 'uncovered-bytes', place: 'the data', bytes, detail: `${String(bytes.length)} bytes from ${String(bytes.offset)} on belong to no tensor.` });
  return { placed, oddities, unclaimed };
}

function lengthOf({ type, elements, dimensions, name }: GgufTensor): number | undefined {
  const known = GGML_TYPES.get(type);
  if (known === undefined) return undefined;
  const row = dimensions[0] ?? 1;
  if (row % known.block !== 0) throw new GateError({ code: 'format/malformed', message: `Tensor ${shown(name)} of type ${known.name} has rows of ${String(row)} elements, which are no whole blocks of ${String(known.block)}.` });
  const length = (elements / known.block) * known.bytes;
  if (!Number.isSafeInteger(length)) throw new GateError({ code: 'format/malformed', message: `Tensor ${shown(name)} has more than 2^53 bytes.` });
  return length;
}

/** A gap that is more than padding: longer than the alignment asks for, or not zero. */
async function filled(source: ByteSource, from: number, to: number, alignment: number): Promise<readonly ByteRange[]> {
  const length = to - from;
  if (length <= 0) return [];
  const looked = await source.read(from, Math.min(length, MAX_LOOKED));
  const isZero = looked.every((byte) => byte === 0);
  return isZero && (length < alignment || length <= MAX_LOOKED) ? [] : [{ offset: from, length }];
}

function outside({ name }: GgufTensor, offset: number, length: number | undefined, size: number): GateError {
  return new GateError({ code: 'format/truncated', message: `Tensor ${shown(name)} lies at bytes ${String(offset)} to ${String(offset + (length ?? 0))} of a file of ${String(size)} bytes.`, where: { offset: size } });
}
