import type { Artifact, Digest } from '../artifacts/artifact.ts';
import type { ByteSource } from '../artifacts/byte-source.ts';
import { sha256Of, sha256OfSource } from '../artifacts/digest.ts';
import type { FileSource } from '../artifacts/file-source.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { openCompanionOf, peekCompanionOf } from '../artifacts/open-companion.ts';
import { unchangedSource } from '../artifacts/unchanged-source.ts';
import { GateError } from '../errors.ts';
import type { FormatReader, OpenCompanion, ReadContext } from '../formats/format-reader.ts';
import { ambiguous } from '../formats/identify.ts';
import type { Model } from '../model/model.ts';
import { readersOf } from './readers-of.ts';

/** Everything is held in memory up to here: the 2 GiB limit of protobuf, which is ONNX's own. */
const MAX_RESIDENT_BYTES = 2 ** 31 - 1;

export interface ReadModelRequest extends Pick<ReadContext, 'signal' | 'expansionBytes' | 'progress'> {
  /** As reported. */
  readonly path: string;
  /** Absolute path, beside which external data lie; absent for a member of an archive, beside which there is nothing. */
  readonly file?: string;
  /** What the bytes were hashed to before; another digest is an error. */
  readonly digest?: Digest;
  /** The open file is known to be the one that was hashed: its digest is taken on trust where it is read piece by piece. */
  readonly isHashed?: boolean;
  /** Default: the one that recognizes the bytes; bytes that are two formats are `format/ambiguous` then. */
  readonly reader?: FormatReader;
  /** How the files it names are opened; default: those beside it. */
  readonly openCompanion?: OpenCompanion;
  /** Bytes hashed of a file that is not held in memory. */
  readonly onProgress?: (done: number, size: number) => void;
}

/**
 * Reads an open file, or a member of an archive, as the model its bytes say it is. Throws `artifact/too-large`,
 * `artifact/changed`, and what the readers throw.
 */
export async function readModel(source: ByteSource | FileSource, request: ReadModelRequest): Promise<Model> {
  const { path, file, digest: expected, isHashed, signal, onProgress, expansionBytes, progress } = request;
  const reader = request.reader ?? (await onlyReaderOf(source, path));
  const context = {
    signal,
    openCompanion: request.openCompanion ?? (file === undefined ? refuseCompanion(path) : openCompanionOf({ file, path })),
    ...(file === undefined || request.openCompanion !== undefined ? {} : { peekCompanion: peekCompanionOf({ file, path }) }),
    ...(expansionBytes === undefined ? {} : { expansionBytes }),
    ...(progress === undefined ? {} : { progress }),
  };
  if (reader.meta.isStreamed === true) {
    // Hashed in passing and read again piece by piece, each piece only as long as the file is the one that was hashed.
    const digest = isHashed === true && expected !== undefined ? expected : await sha256OfSource(source, { signal, onProgress: onProgress ?? (() => undefined) });
    stopIfOther(digest, expected, path);
    return reader.read({ path, digest, bytes: 'isChanged' in source ? unchangedSource(source, path) : source }, context);
  }
  if (source.size > MAX_RESIDENT_BYTES) {
    throw new GateError({
      code: 'artifact/too-large',
      message: `The file has ${source.size} bytes; ${reader.meta.title} files end at ${MAX_RESIDENT_BYTES}.`,
      where: { artifact: path },
      nextStep: 'Keep the weights as external data, which is read piece by piece.',
    });
  }
  // Read once: what was hashed is what is parsed and what the engine loads, whatever happens to the file meanwhile.
  const bytes = await source.read(0, source.size);
  const digest = sha256Of(bytes);
  stopIfOther(digest, expected, path);
  const artifact: Artifact = { path, digest, bytes: memorySource(bytes) };
  return reader.read(artifact, context);
}

function stopIfOther(digest: Digest, expected: Digest | undefined, path: string): void {
  if (expected === undefined || digest === expected) return;
  throw new GateError({
    code: 'artifact/changed',
    message: 'The file changed while it was being scanned.',
    where: { artifact: path },
    nextStep: 'Run again when nothing writes to the file.',
  });
}

async function onlyReaderOf(source: ByteSource, path: string): Promise<FormatReader> {
  const [only, ...others] = await readersOf(source, path);
  if (others.length > 0) throw ambiguous([only, ...others], path);
  return only;
}

/** What a loader would take for the folder of a member is wherever somebody unpacks it to. */
function refuseCompanion(path: string): OpenCompanion {
  return () => Promise.reject(new GateError({
    code: 'format/external-data',
    message: 'The model is a member of an archive and names data outside of itself, which is not read.',
    where: { artifact: path },
    nextStep: 'Unpack the archive and gate what it holds.',
  }));
}
