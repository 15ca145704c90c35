import { createHash } from 'node:crypto';
import type { Artifact } from '../../artifacts/artifact.ts';
import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import { HASH_CHUNK_BYTES } from '../../artifacts/limits.ts';
import { GateError } from '../../errors.ts';
import type { OnnxModel } from '../../onnx/onnx-model.ts';
import { tensorsOf } from '../../onnx/walk.ts';
import type { ReadContext } from '../format-reader.ts';
import type { ExternalSources } from './external-sources.ts';
import { gapsBetween, isPadding } from './gaps.ts';

export interface ExternalFiles {
  /** One artifact a file, in the order in which the model first names them. */
  readonly files: readonly Artifact[];
  readonly notes: readonly string[];
}

interface Request {
  readonly artifact: Artifact;
  readonly model: OnnxModel;
  readonly sources: ExternalSources;
  readonly context: ReadContext;
}

/** Opens every external file of a decoded model and checks that each tensor lies inside its file, or throws `format/external-data`. */
export async function openExternalFiles({ artifact, model, sources, context }: Request): Promise<ExternalFiles> {
  const claims = claimsOf(model);
  const files = new Map<string, Artifact>();
  const claimed = new Map<string, ByteRange[]>();
  let tensors = 0;
  for (const location of sources.locations()) {
    const file = await context.openCompanion(location);
    if (file.path === artifact.path) throw refuse(location, 'The model names itself as its external data.');
    sources.bind(location, file.bytes);
    files.set(file.path, file);
    const { ranges, sha1, firstTensor } = claims.get(location) ?? { ranges: [], sha1: undefined, firstTensor: '' };
    tensors += ranges.length;
    for (const { offset, length } of ranges) {
      if (length > file.bytes.size - offset) {
        throw refuse(location, `A tensor (the first here is ${JSON.stringify(firstTensor)}) lies at bytes ${offset} to ${offset + length} of a file of ${file.bytes.size} bytes.`);
      }
    }
    if (sha1 !== undefined && sha1 !== (await sha1Of(file.bytes, context.signal))) throw refuse(location, 'The file does not have the SHA-1 that the model states for it.');
    claimed.set(file.path, [...(claimed.get(file.path) ?? []), ...ranges]);
  }
  const notes = tensors === 0 ? [] : [`${tensors} ${tensors === 1 ? 'tensor lies' : 'tensors lie'} in ${files.size} external ${files.size === 1 ? 'file' : 'files'}.`];
  for (const [path, file] of files) notes.push(...(await unclaimedNotes(path, file, claimed.get(path) ?? [])));
  return { files: [...files.values()], notes };
}

interface Claim {
  readonly ranges: ByteRange[];
  readonly firstTensor: string;
  sha1: string | undefined;
}

function claimsOf(model: OnnxModel): ReadonlyMap<string, Claim> {
  const claims = new Map<string, Claim>();
  for (const { name, tensor } of tensorsOf(model)) {
    const { raw } = tensor;
    if (raw?.location !== 'external' || raw.path === undefined) continue;
    let claim = claims.get(raw.path);
    if (claim === undefined) {
      claim = { ranges: [], firstTensor: name, sha1: raw.sha1 };
      claims.set(raw.path, claim);
    }
    if (raw.sha1 !== undefined && claim.sha1 !== undefined && raw.sha1 !== claim.sha1) {
      throw refuse(raw.path, 'The model states two different SHA-1 digests for the file.');
    }
    claim.sha1 ??= raw.sha1;
    claim.ranges.push(raw.range);
  }
  return claims;
}

async function unclaimedNotes(path: string, file: Artifact, ranges: readonly ByteRange[]): Promise<readonly string[]> {
  const { gaps, overlaps } = gapsBetween(ranges, file.bytes.size);
  let bytes = 0;
  let first: ByteRange | undefined;
  for (const gap of gaps) {
    if (await isPadding(gap, file.bytes)) continue;
    bytes += gap.length;
    first ??= gap;
  }
  return [
    ...(first === undefined ? [] : [`${bytes} bytes of ${path} belong to no tensor, the first at offset ${first.offset}.`]),
    ...(overlaps === 0 ? [] : [`${overlaps} ${overlaps === 1 ? 'tensor' : 'tensors'} of ${path} ${overlaps === 1 ? 'overlaps' : 'overlap'} others in part.`]),
  ];
}

async function sha1Of(source: ByteSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha1');
  for (let at = 0; at < source.size; at += HASH_CHUNK_BYTES) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    hash.update(await source.read(at, Math.min(HASH_CHUNK_BYTES, source.size - at)));
  }
  return hash.digest('hex');
}

function refuse(location: string, message: string): GateError {
  return new GateError({
    code: 'format/external-data',
    message: `External data ${JSON.stringify(location)}: ${message}`,
    nextStep: 'Export the model again and keep its external files beside it.',
  });
}
