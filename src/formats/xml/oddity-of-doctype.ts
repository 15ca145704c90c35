import type { FileOddity } from '../../model/structure.ts';
import { shown } from '../oddities/shown.ts';

/** A document type that declares entities or names a file of its own; a bare one does nothing. */
export function oddityOfDoctype(text: string, offset: number): readonly FileOddity[] {
  const declares = /<!ENTITY/i.test(text);
  const names = /\b(?:SYSTEM|PUBLIC)\b/.test(text);
  if (!declares && !names) return [];
  return [{ kind: 'entity-declaration', place: 'the document type', bytes: { offset, length: Buffer.byteLength(text) }, detail: `It ${declares ? 'declares entities' : 'names another file'}: ${shown(text)}.` }];
}
