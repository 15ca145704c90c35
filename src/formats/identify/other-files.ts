import { looksLikeTextPickle } from './looks-like-text-pickle.ts';

export interface OtherFile {
  /** With its article: "a zip archive". */
  readonly what: string;
  readonly nextStep: string;
  /** Opening it with what it is made for runs code out of it. */
  readonly runs?: true;
  /** Id of the format that it is, where a reader knows it. */
  readonly format?: string;
}

const EXPORT = 'Export the model as ONNX and gate that file.';

interface Signature extends OtherFile {
  readonly matches: (head: Uint8Array) => boolean;
}

const ascii = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

const startsWith = (bytes: readonly number[], at = 0) => (head: Uint8Array): boolean =>
  head.byteLength >= at + bytes.length && bytes.every((byte, index) => head[at + index] === byte);

/** Files people take for models, in the order in which their signatures are tried. */
const SIGNATURES: readonly Signature[] = [
  { what: 'a Python pickle, which can run any code when it is loaded', nextStep: `${EXPORT} Do not load the pickle to find out what it holds.`, matches: isPickle, runs: true, format: 'pickle' },
  { what: 'an onnxruntime model (ORT format)', nextStep: 'Gate the ONNX file that it was made from.', matches: startsWith(ascii('ORTM'), 4) },
  { what: 'a numpy array', nextStep: EXPORT, matches: startsWith([0x93, ...ascii('NUMPY')]) },
  { what: 'a web page: the download failed and its error page was kept', nextStep: 'Download the model again, with credentials where they are needed.', matches: isHtml },
  { what: 'a JSON text', nextStep: 'Gate the model, not its description.', matches: isJson },
  { what: 'an executable program', nextStep: 'Find out how a program came to be where a model belongs.', matches: isExecutable, runs: true },
];

/** A text of no kind we know. It never beats a reader: some formats are texts. */
export const PLAIN_TEXT: OtherFile = { what: 'a text', nextStep: 'Read it: often it is what a server said instead of the model. Then fetch or export the model again.' };

/** What a file that no reader wants seems to be; undefined when its first bytes say nothing. */
export function recognizeOtherFile(head: Uint8Array): OtherFile | undefined {
  return SIGNATURES.find((signature) => signature.matches(head));
}

/** Protocol 2 and later announce themselves with an opcode and the version. */
function isPickle(head: Uint8Array): boolean {
  if (looksLikeTextPickle(head)) return true;
  const version = head[1] ?? 0;
  const third = head[2];
  return head[0] === 0x80 && version >= 2 && version <= 5 && third !== undefined;
}

function textOf(head: Uint8Array): string {
  return String.fromCharCode(...head.slice(0, 64)).trimStart().toLowerCase();
}

function isHtml(head: Uint8Array): boolean {
  const text = textOf(head);
  return text.startsWith('<!doctype html') || text.startsWith('<html') || text.startsWith('<?xml');
}

function isJson(head: Uint8Array): boolean {
  return /^[[{]\s*["{[\]}]/.test(textOf(head));
}

function isExecutable(head: Uint8Array): boolean {
  if ([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe].some((magic) => startsWith([magic >>> 24, (magic >>> 16) & 0xff, (magic >>> 8) & 0xff, magic & 0xff])(head))) return true;
  return startsWith([0x7f, 0x45, 0x4c, 0x46])(head) || startsWith([0x4d, 0x5a])(head) || startsWith([0x23, 0x21])(head);
}
