import { parseLfsPointer } from '../artifacts/lfs-pointer.ts';
import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { recognizeOtherFile } from './identify/other-files.ts';

/**
 * The reader for a file that starts with `head`. What the bytes say counts; the name only helps where no reader is
 * certain. Throws `format/unrecognized` (saying what the file seems to be), `format/ambiguous` when two readers are
 * certain, and `artifact/pointer` for a Git LFS pointer.
 */
export function identifyFormat(head: Uint8Array, path: string, readers: readonly FormatReader[]): FormatReader {
  if (head.byteLength === 0) {
    throw new GateError({
      code: 'format/unrecognized',
      message: 'The file is empty.',
      where: { artifact: path },
      nextStep: 'Fetch or export the model again.',
    });
  }
  if (parseLfsPointer(head) !== undefined) {
    throw new GateError({
      code: 'artifact/pointer',
      message: 'The file is a Git LFS pointer; the model itself was not fetched.',
      where: { artifact: path },
      nextStep: 'Fetch it with "git lfs pull", or check out with lfs: true.',
    });
  }
  const answers = readers.map((reader) => ({ reader, answer: reader.match(head, path) }));
  const certain = answers.filter(({ answer }) => answer === 'certain').map(({ reader }) => reader);
  const only = single(certain, path);
  if (only !== undefined) return only;

  // A well-known signature beats a name: a pickle called model.onnx is a pickle.
  const other = recognizeOtherFile(head);
  const possible = answers.filter(({ answer }) => answer === 'possible').map(({ reader }) => reader);
  if (other === undefined) {
    const guess = single(possible, path);
    if (guess !== undefined) return guess;
  }
  const formats = readers.map((reader) => reader.meta.title).join(', ');
  throw new GateError({
    code: 'format/unrecognized',
    message: other === undefined ? `The first bytes are those of no format that modelgate reads (${formats}).` : `The file is ${other.what}, not one of the formats that modelgate reads (${formats}).`,
    where: { artifact: path },
    nextStep: other?.nextStep ?? 'Export the model as ONNX, or leave the file out with a glob in the policy.',
  });
}

function single(readers: readonly FormatReader[], path: string): FormatReader | undefined {
  if (readers.length <= 1) return readers[0];
  throw new GateError({
    code: 'format/ambiguous',
    message: `The first bytes are valid as ${readers.map((reader) => reader.meta.title).join(' and as ')}.`,
    where: { artifact: path },
    nextStep: 'Treat the file as hostile: a file that is two formats at once shows each program another content.',
  });
}
