import { lengthDelimitedParts, textField } from '../wire-writer.ts';

/** Bytes of a field, or several pieces of them; joined once, when the whole model is there. */
export type Parts = Uint8Array | readonly Uint8Array[];

export function flattened(parts: readonly Parts[]): readonly Uint8Array[] {
  const flat: Uint8Array[] = [];
  for (const part of parts) {
    if (part instanceof Uint8Array) flat.push(part);
    else for (const piece of part) flat.push(piece);
  }
  return flat;
}

/** Nothing for an empty string: absent and empty mean the same in ONNX. */
export function optionalText(field: number, text: string): Parts {
  return text === '' ? [] : textField(field, text);
}

export function encodeEntries(field: number, entries: ReadonlyMap<string, string> | undefined): Parts {
  return flattened([...(entries ?? [])].map(([key, value]) => lengthDelimitedParts(field, [textField(1, key), textField(2, value)])));
}
