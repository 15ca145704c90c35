import type { Artifact } from '../../artifacts/artifact.ts';
import { GateError } from '../../errors.ts';
import { readText } from '../text/read-text.ts';
import { scanXml, type XmlPart } from './scan-xml.ts';

/** Encodings in which the characters of markup are single bytes as in UTF-8; what is written in another is not looked at here. */
const PLAIN_ENCODINGS = /^(?:utf-?8|us-ascii|ascii)$/i;

/** What a file in XML holds, part by part, with `offsetOf` for places in bytes. Throws `format/*` with the file's name. */
export async function readXml(artifact: Artifact, maxBytes: number, visit: (part: XmlPart, offsetOf: (at: number) => number) => void, signal: AbortSignal): Promise<void> {
  const { text, offsetOf } = await readText(artifact, maxBytes);
  try {
    for (const part of scanXml(text)) {
      if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the file was cancelled.' });
      const encoding = part.kind === 'instruction' ? /^xml\s[^]*?encoding\s*=\s*["']([^"']*)/.exec(part.text)?.[1] : undefined;
      if (encoding !== undefined && !PLAIN_ENCODINGS.test(encoding)) throw new GateError({ code: 'format/unsupported', message: `The file says that it is written in ${JSON.stringify(encoding.slice(0, 40))}; UTF-8 is read.`, where: { offset: part.at } });
      visit(part, offsetOf);
    }
  } catch (error) {
    if (!(error instanceof GateError) || error.code === 'inspection/cancelled') throw error;
    throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, offset: offsetOf(error.where?.offset ?? 0) }, nextStep: 'Export the model again as UTF-8, and fetch or upload the file whole.', cause: error });
  }
}

/** Whether a file begins like XML whose root element is `root`: behind a declaration, comments and a document type. */
export function startsLikeXml(head: Uint8Array, root: string): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  return text.startsWith('<') && new RegExp(`<(?:[\\w.-]+:)?${root}[\\s>/]`).test(text);
}
