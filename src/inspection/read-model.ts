import type { Artifact, Digest } from '../artifacts/artifact.ts';
import { sha256Of, sha256OfSource } from '../artifacts/digest.ts';
import type { FileSource } from '../artifacts/file-source.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { openCompanionOf } from '../artifacts/open-companion.ts';
import { unchangedSource } from '../artifacts/unchanged-source.ts';
import { GateError } from '../errors.ts';
import type { OpenCompanion } from '../formats/format-reader.ts';
import { identifyFormat } from '../formats/identify.ts';
import { formatReaders } from '../formats/index.ts';
import type { Model } from '../model/model.ts';

/** How much of a file the readers see before one of them is chosen. */
const HEAD_BYTES = 64 * 1024;

/** Everything is held in memory up to here: the 2 GiB limit of protobuf, which is ONNX's own. */
const MAX_RESIDENT_BYTES = 2 ** 31 - 1;

export interface ReadModelRequest {
  /** As reported. */
  readonly path: string;
  /** Absolute path, beside which external data lie. */
  readonly file: string;
  /** What the file was hashed to before; another digest is an error. */
  readonly digest?: Digest;
  readonly signal: AbortSignal;
  /** How the files it names are opened; default: those beside it. */
  readonly openCompanion?: OpenCompanion;
  /** Bytes hashed of a file that is not held in memory. */
  readonly onProgress?: (done: number, size: number) => void;
}

/**
 * Reads an open file as the model its bytes say it is. Throws `artifact/too-large`, `artifact/changed`, and what the
 * readers throw.
 */
export async function readModel(source: FileSource, { path, file, digest: expected, signal, openCompanion, onProgress }: ReadModelRequest): Promise<Model> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const reader = identifyFormat(head, path, formatReaders);
  const context = { signal, openCompanion: openCompanion ?? openCompanionOf({ file, path }) };
  if (reader.meta.isStreamed === true) {
    // Hashed in passing and read again piece by piece, each piece only as long as the file is the one that was hashed.
    const digest = await sha256OfSource(source, { signal, onProgress: onProgress ?? (() => undefined) });
    stopIfOther(digest, expected, path);
    return reader.read({ path, digest, bytes: unchangedSource(source, path) }, context);
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
