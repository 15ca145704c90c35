import type { Artifact } from '../../artifacts/artifact.ts';
import { GateError } from '../../errors.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface FileText {
  readonly text: string;
  /** Offset in bytes of a place in the text, which counts UTF-16 units. */
  readonly offsetOf: (at: number) => number;
}

/** A whole file as UTF-8 text. Throws `format/limit-exceeded` beyond `maxBytes` and `format/malformed` for other bytes. */
export async function readText({ bytes, path }: Artifact, maxBytes: number): Promise<FileText> {
  if (bytes.size > maxBytes) {
    throw new GateError({ code: 'format/limit-exceeded', message: `The file has ${String(bytes.size)} bytes; texts of this kind are read up to ${String(maxBytes)}.`, where: { artifact: path, offset: maxBytes }, nextStep: 'Find out what makes the file so large.' });
  }
  const raw = await bytes.read(0, bytes.size);
  let text: string;
  try {
    text = strictUtf8.decode(raw);
  } catch (error) {
    throw new GateError({ code: 'format/malformed', message: 'The file is no UTF-8 text.', where: { artifact: path, offset: 0 }, nextStep: 'Save it as UTF-8.', cause: error });
  }
  return { text, offsetOf: text.length === raw.byteLength ? (at) => at : byteOffsets(text) };
}

/** Characters between two places whose offset is kept, so that asking for many places costs little for each. */
const STRIDE = 65_536;

function byteOffsets(text: string): (at: number) => number {
  const kept = [0];
  return (at) => {
    const block = Math.floor(at / STRIDE);
    while (kept.length <= block) {
      const from = (kept.length - 1) * STRIDE;
      kept.push((kept.at(-1) ?? 0) + Buffer.byteLength(text.slice(from, from + STRIDE)));
    }
    return (kept[block] ?? 0) + Buffer.byteLength(text.slice(block * STRIDE, at));
  };
}
