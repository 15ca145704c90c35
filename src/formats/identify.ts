import { parseLfsPointer } from '../artifacts/lfs-pointer.ts';
import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { looksLikeText } from './identify/looks-like-text.ts';
import { PLAIN_TEXT, recognizeOtherFile } from './identify/other-files.ts';

/**
 * The reader for a file that starts with `head`. What the bytes say counts; the name only helps where no reader is
 * certain. Throws `format/unrecognized` (saying what the file seems to be), `format/ambiguous` when two readers are
 * certain, and `artifact/pointer` for a Git LFS pointer.
 */
export function identifyFormat(head: Uint8Array, path: string, readers: readonly FormatReader[]): FormatReader {
  const [only, ...others] = identifyFormats({ head, path }, readers);
  if (others.length > 0) throw ambiguous([only, ...others], path);
  return only;
}

export interface FileEnds {
  readonly head: Uint8Array;
  /** The last bytes and the size of the whole file; formats that are found from the end are only seen with it. */
  readonly end?: { readonly tail: Uint8Array; readonly size: number };
  readonly path: string;
}

/** Every reader for which the bytes are certainly its format, or else the one for which they possibly are. Never none: throws as {@link identifyFormat}. */
export function identifyFormats({ head, end, path }: FileEnds, readers: readonly FormatReader[]): readonly [FormatReader, ...FormatReader[]] {
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
  const begins = readers.filter((_reader, index) => answers[index]?.answer === 'certain');
  const foreseen = new Set(begins.length === 1 ? begins[0]?.meta.endsWith : []);
  const [first, ...rest] = readers.filter((reader) => begins.includes(reader) || (end !== undefined && !foreseen.has(reader.meta.id) && reader.matchEnd?.(end.tail, end.size) === 'certain'));
  if (first !== undefined) return [first, ...rest];

  // A well-known signature beats a name: a pickle called model.onnx is a pickle.
  const other = recognizeOtherFile(head);
  const possible = answers.filter(({ answer }) => answer === 'possible').map(({ reader }) => reader);
  const [agreed, ...others] = possible.filter(({ meta }) => other === undefined || meta.id === other.format);
  if (agreed !== undefined && others.length > 0) throw ambiguous(possible, path);
  if (agreed !== undefined) return [agreed];
  const seeming = other ?? (looksLikeText(head) ? PLAIN_TEXT : undefined);
  throw new GateError({
    // What runs when it is opened is no file that merely nobody knows.
    code: seeming?.runs === true ? 'format/unsupported' : 'format/unrecognized',
    message: seeming === undefined ? `The first bytes are those of none of the ${String(readers.length)} formats that modelgate reads.` : `The file is ${seeming.what}, not one of the ${String(readers.length)} formats that modelgate reads.`,
    where: { artifact: path },
    nextStep: seeming?.nextStep ?? 'Export the model as ONNX, or leave the file out with a glob in the policy.',
  });
}

/** Bytes that are two formats at once, as an error to report; they are read as both all the same. */
export function ambiguous(readers: readonly FormatReader[], path: string): GateError {
  return new GateError({
    code: 'format/ambiguous',
    message: `The bytes are valid as ${readers.map((reader) => reader.meta.title).join(' and as ')}.`,
    where: { artifact: path },
    nextStep: 'Treat the file as hostile: a file that is two formats at once shows each program another content.',
  });
}
